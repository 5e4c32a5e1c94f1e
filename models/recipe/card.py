"""The model card: a template filled with the recipe's numbers and the evaluation's result, so that it cannot drift."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import safe_open

from models.recipe import handwritten
from models.recipe.settings import Recipe

TEMPLATE = Path(__file__).with_name("card_template.md")
HISTORY = Path(__file__).with_name("history.md")
"""How the bundled weights came about."""
ONE_RUN = "The weights in this folder were made by one run of this command."
COLUMNS = 3


def render(result: dict[str, Any], stages: tuple[Recipe, Recipe], *, weights: Path, history: str = ONE_RUN) -> str:
    """Return the card of the weights file for an evaluation result, as `evaluate.report` returns it.

    history: how the weights came about.
    """
    answers, questions = stages
    unseen = result["not_in_corpus"]
    values = asdict(answers) | {
        "history": history.strip(),
        "question_dialogues": questions.num_dialogues,
        "cut_tokens": questions.cut_tokens,
        "whole_share": f"{questions.whole_share:.0%}",
        "written": f"{num_written():,}",
        "parameters": f"{num_parameters(weights) / 1e6:.1f}",
        "size_mb": f"{weights.stat().st_size / 1e6:.0f}",
        "questions": result["questions"],
        "passed": result["passed"],
        "rate": f"{result['pass_rate']:.1%}",
        "in_corpus": len(result["in_corpus"]),
        "unseen_questions": unseen["questions"],
        "unseen_passed": unseen["passed"],
        "unseen_rate": f"{unseen['pass_rate']:.1%}",
        "shared_5_grams": f"{result['shared_5_grams']:.1%}",
        "table": _table(result["topics"]),
    }
    return TEMPLATE.read_text(encoding="utf-8").format_map(values)


def num_parameters(weights: Path) -> int:
    """Return the number of parameters in a safetensors file."""
    with safe_open(weights, framework="pt") as file:
        shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118 - the file is no mapping
    return sum(_product(shape) for shape in shapes)


def num_written() -> int:
    """Return the number of questions written one by one."""
    return sum(len(questions) for questions in handwritten.read().values())


def _product(shape: list[int]) -> int:
    result = 1
    for size in shape:
        result *= size
    return result


def _table(topics: dict[str, dict[str, Any]]) -> str:
    """Return the counts by topic, several to a line."""
    cells = [f"{topic} | {counts['passed']} / {counts['questions']}" for topic, counts in topics.items()]
    cells += [" | "] * (-len(cells) % COLUMNS)
    rows = [" | ".join(cells[i : i + COLUMNS]) for i in range(0, len(cells), COLUMNS)]
    head = ["| " + " | ".join(["topic | passed"] * COLUMNS) + " |", "|" + "---|---|" * COLUMNS]
    return "\n".join(head + [f"| {row} |" for row in rows])
