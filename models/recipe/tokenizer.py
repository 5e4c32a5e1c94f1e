"""The tokenizer: byte-level BPE learned from the corpus; digits stand alone, any text can be encoded."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from models.recipe import corpus
from models.recipe.dialogue import END, END_OF_TEXT, SPECIAL_TOKENS, segments
from models.recipe.settings import CHAT_TEMPLATE, Recipe

SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def train(corpus_path: Path, out: Path, *, recipe: Recipe) -> Tokenizer:
    """Train the tokenizer on a sample of the corpus and write its files to `out`."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=recipe.vocab_size,
        special_tokens=list(SPECIAL_TOKENS),
        min_frequency=2,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(_texts(corpus_path, recipe.seed), trainer)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out / "tokenizer.json"))
    _write_config(out, recipe.max_model_len)
    return tokenizer


def _texts(path: Path, seed: int) -> Iterator[str]:
    rng = random.Random(seed)
    for dialogue in corpus.read(path):
        if rng.random() < 0.4:
            for turn in dialogue.turns:
                yield turn.content
            if rng.random() < 0.1:
                yield "".join(text for text, _ in segments(dialogue))


def _write_config(out: Path, max_model_len: int) -> None:
    template = CHAT_TEMPLATE.read_text(encoding="utf-8")
    (out / "chat_template.jinja").write_text(template, encoding="utf-8")
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": max_model_len,
        "eos_token": END,
        "pad_token": END_OF_TEXT,
        "bos_token": END_OF_TEXT,
        "additional_special_tokens": list(SPECIAL_TOKENS[1:]),
        "add_bos_token": False,
        "clean_up_tokenization_spaces": False,
    }
    (out / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
