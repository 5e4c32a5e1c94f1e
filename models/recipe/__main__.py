"""Make the bundled model: corpora, tokenizer, training in stages, evaluation; name steps to run only those."""

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from models.recipe import batches, corpus, tokenizer, train
from models.recipe.settings import OUTPUT, STAGES, WORK, Recipe

STEPS = ("corpus", "tokenizer", "train", "evaluate")
OVERRIDES = ("num_dialogues", "num_epochs", "seed", "learning_rate")


def main(argv: list[str] | None = None) -> None:
    """Run the chosen steps in order; corpus and training in the chosen stages."""
    options = _parser().parse_args(argv)
    torch.set_num_threads(options.threads or torch.get_num_threads())
    steps = options.steps or STEPS
    numbers = options.stages or list(range(1, len(STAGES) + 1))
    given = {key: getattr(options, key) for key in OVERRIDES if getattr(options, key) is not None}
    stages = {number: replace(STAGES[number - 1], **given) for number in numbers}
    folders = {number: options.work / f"stage-{number}" for number in range(1, len(STAGES) + 1)}
    if "corpus" in steps:
        for number, recipe in stages.items():
            path = folders[number] / "corpus.jsonl"
            _say(f"corpus {number}: {dict(corpus.write(path, corpus.generate_for(recipe)))}")
    if "tokenizer" in steps:
        made = tokenizer.train(folders[1] / "corpus.jsonl", options.out, recipe=STAGES[0])
        _say(f"tokenizer: {made.get_vocab_size()} tokens")
    if "train" in steps:
        for number, recipe in stages.items():
            before = folders[number - 1] / "final.pt" if number > 1 else None
            _train(recipe, folders[number], out=options.out, start_from=options.start_from or before)
    if "evaluate" in steps:
        from models.recipe import evaluate

        evaluate.main(["--model", str(options.out), "--write"])


def _train(recipe: Recipe, folder: Path, *, out: Path, start_from: Path | None) -> None:
    made = Tokenizer.from_file(str(out / "tokenizer.json"))
    examples = batches.encode(folder / "corpus.jsonl", made, recipe=recipe)
    _say(f"{folder.name}: {len(examples)} dialogues, {sum(len(e.ids) for e in examples):,} tokens")
    model = train.run(recipe, made, examples, work=folder, start_from=start_from, say=_say)
    train.export(model, out, recipe=recipe)


def _say(text: str) -> None:
    print(text, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.recipe", description=__doc__)
    parser.add_argument("steps", nargs="*", choices=[*STEPS, []], help="steps to run (default: all)")
    parser.add_argument("--stages", type=int, nargs="+", help="stages to run (default: all)")
    parser.add_argument("--out", type=Path, default=OUTPUT, help="folder of the model")
    parser.add_argument("--work", type=Path, default=WORK, help="folder of corpora and checkpoints")
    parser.add_argument("--start-from", type=Path, help="checkpoint or model folder whose weights to begin with")
    parser.add_argument("--threads", type=int, help="torch threads (default: torch's choice)")
    parser.add_argument("--num-dialogues", type=int)
    parser.add_argument("--num-epochs", type=float)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--seed", type=int)
    return parser


if __name__ == "__main__":
    main()
