"""Make the bundled model: corpus, tokenizer, training, evaluation; name steps to run only those."""

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from models.recipe import batches, corpus, tokenizer, train
from models.recipe.settings import OUTPUT, WORK, Recipe

STEPS = ("corpus", "tokenizer", "train", "evaluate")


def main(argv: list[str] | None = None) -> None:
    """Run the chosen steps in order."""
    options = _parser().parse_args(argv)
    recipe = replace(
        Recipe(),
        **{
            k: v
            for k, v in vars(options).items()
            if k in {"num_dialogues", "num_epochs", "seed", "learning_rate"} and v is not None
        },
    )
    work, out = options.work, options.out
    num_threads = options.threads or torch.get_num_threads()
    torch.set_num_threads(num_threads)
    steps = options.steps or STEPS
    if "corpus" in steps:
        _say(
            f"corpus: {dict(corpus.write(work / 'corpus.jsonl', num_dialogues=recipe.num_dialogues, seed=recipe.seed))}"
        )
    if "tokenizer" in steps:
        made = tokenizer.train(work / "corpus.jsonl", out, recipe=recipe)
        _say(f"tokenizer: {made.get_vocab_size()} tokens")
    if "train" in steps:
        made = Tokenizer.from_file(str(out / "tokenizer.json"))
        examples = batches.encode(work / "corpus.jsonl", made, max_len=recipe.max_train_len)
        _say(f"train: {len(examples)} dialogues, {sum(len(e.ids) for e in examples):,} tokens")
        train.export(
            train.run(recipe, made, examples, work=work, start_from=options.start_from, say=_say), out, recipe=recipe
        )
    if "evaluate" in steps:
        from models.recipe import evaluate

        evaluate.main(["--model", str(out), "--write"])


def _say(text: str) -> None:
    print(text, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.recipe", description=__doc__)
    parser.add_argument("steps", nargs="*", choices=[*STEPS, []], help="steps to run (default: all)")
    parser.add_argument("--out", type=Path, default=OUTPUT, help="folder of the model")
    parser.add_argument("--work", type=Path, default=WORK, help="folder of corpus and checkpoints")
    parser.add_argument("--start-from", type=Path, help="checkpoint whose weights to begin with")
    parser.add_argument("--threads", type=int, help="torch threads (default: torch's choice)")
    parser.add_argument("--num-dialogues", type=int)
    parser.add_argument("--num-epochs", type=float)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--seed", type=int)
    return parser


if __name__ == "__main__":
    main()
