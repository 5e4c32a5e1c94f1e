"""The corpus: a seeded mixture of all kinds of dialogue, without repeats."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.recipe import compose
from models.recipe.chinese_dialogues import in_chinese
from models.recipe.dialogue import Dialogue, ToolCall, Turn
from models.recipe.json_dialogues import in_json
from models.recipe.retold import retold
from models.recipe.settings import Recipe
from models.recipe.tool_dialogues import with_tools

Maker = Callable[[random.Random], Dialogue]


def joined(rng: random.Random) -> Dialogue:
    """Join conversations of the same kind of setting into one of many turns."""
    turns: list[Turn] = []
    for _ in range(rng.randint(4, 9)):
        turns += rng.choice((compose.multi_turn, compose.single, compose.scenario))(rng).turns
    return Dialogue("long", tuple(turns))


# A few are joined into long ones, so that positions up to the training context are learned.
MIXTURES: dict[str, tuple[tuple[Maker, float], ...]] = {
    "answers": (
        (compose.single, 0.5),
        (compose.abbreviation, 0.01),
        (compose.echo, 0.1),
        (compose.scenario, 0.09),
        (compose.doubt, 0.035),
        (compose.claim, 0.03),
        (compose.multi_turn, 0.08),
        (retold, 0.03),
        (compose.refusal, 0.07),
        (in_json, 0.045),
        (with_tools, 0.065),
        (in_chinese, 0.06),
        (joined, 0.006),
    ),
    "questions": (
        (compose.written, 0.56),
        (compose.single, 0.06),
        (compose.abbreviation, 0.004),
        (compose.echo, 0.03),
        (compose.scenario, 0.035),
        (compose.doubt, 0.02),
        (compose.claim, 0.02),
        (compose.multi_turn, 0.02),
        (retold, 0.06),
        (compose.refusal, 0.045),
        (in_json, 0.04),
        (with_tools, 0.1),
        (in_chinese, 0.035),
    ),
}


def generate(num_dialogues: int, seed: int, mixture: str = "answers") -> Iterator[Dialogue]:
    """Yield distinct dialogues of a mixture; the same seed yields the same ones."""
    rng = random.Random(seed)
    makers, shares = zip(*MIXTURES[mixture], strict=True)
    seen: set[str] = set()
    made = tries = 0
    while made < num_dialogues and tries < num_dialogues * 20:
        tries += 1
        dialogue = rng.choices(makers, shares)[0](rng)
        key = dialogue.key()
        if key not in seen:
            seen.add(key)
            made += 1
            yield dialogue


def generate_for(recipe: Recipe) -> Iterator[Dialogue]:
    """Yield the dialogues of a stage of the recipe."""
    return generate(recipe.num_dialogues, recipe.seed, recipe.mixture)


def write(path: Path, dialogues: Iterable[Dialogue]) -> Counter[str]:
    """Write the dialogues as JSON lines and return how many each topic has."""
    topics: Counter[str] = Counter()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for dialogue in dialogues:
            topics[dialogue.topic] += 1
            file.write(json.dumps(asdict(dialogue), ensure_ascii=False) + "\n")
    return topics


def read(path: Path) -> Iterator[Dialogue]:
    """Yield the dialogues of a corpus file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield _from_dict(json.loads(line))


def _from_dict(data: dict[str, Any]) -> Dialogue:
    turns = tuple(_turn(turn) for turn in data["turns"])
    return Dialogue(data["topic"], turns, tuple(data["tools"]), data["system"])


def _turn(data: dict[str, Any]) -> Turn:
    call = ToolCall(**data["call"]) if data["call"] else None
    return Turn(data["role"], data["content"], call, data["is_learned"])
