"""The recipe of the bundled model: corpus, tokenizer, training, evaluation. It knows nothing of app/."""
