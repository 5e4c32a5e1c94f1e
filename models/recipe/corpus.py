"""The corpus: a seeded mixture of all kinds of dialogue, without repeats, a few joined into long ones."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.recipe import compose
from models.recipe.chinese_dialogues import in_chinese
from models.recipe.dialogue import Dialogue, ToolCall, Turn
from models.recipe.json_dialogues import in_json
from models.recipe.tool_dialogues import with_tools

MIXTURE: tuple[tuple[Callable[[random.Random], Dialogue], float], ...] = (
    (compose.single, 0.5),
    (compose.abbreviation, 0.01),
    (compose.echo, 0.1),
    (compose.scenario, 0.09),
    (compose.doubt, 0.035),
    (compose.claim, 0.03),
    (compose.multi_turn, 0.1),
    (compose.refusal, 0.07),
    (in_json, 0.045),
    (with_tools, 0.065),
    (in_chinese, 0.06),
)
LONG_SHARE = 0.006
"""Share of dialogues that are several joined into one, so that positions up to the training context are learned."""


def generate(num_dialogues: int, seed: int) -> Iterator[Dialogue]:
    """Yield distinct dialogues; the same seed yields the same ones."""
    rng = random.Random(seed)
    makers, shares = zip(*MIXTURE, strict=True)
    seen: set[str] = set()
    made = tries = 0
    while made < num_dialogues and tries < num_dialogues * 20:
        tries += 1
        dialogue = _joined(rng) if rng.random() < LONG_SHARE else rng.choices(makers, shares)[0](rng)
        key = dialogue.key()
        if key not in seen:
            seen.add(key)
            made += 1
            yield dialogue


def write(path: Path, *, num_dialogues: int, seed: int) -> Counter[str]:
    """Write the corpus as JSON lines and return how many dialogues each topic has."""
    topics: Counter[str] = Counter()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for dialogue in generate(num_dialogues, seed):
            topics[dialogue.topic] += 1
            file.write(json.dumps(asdict(dialogue), ensure_ascii=False) + "\n")
    return topics


def read(path: Path) -> Iterator[Dialogue]:
    """Yield the dialogues of a corpus file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield _from_dict(json.loads(line))


def _from_dict(data: dict[str, Any]) -> Dialogue:
    turns = tuple(Turn(t["role"], t["content"], ToolCall(**t["call"]) if t["call"] else None) for t in data["turns"])
    return Dialogue(data["topic"], turns, tuple(data["tools"]), data["system"])


def _joined(rng: random.Random) -> Dialogue:
    """Join conversations of the same kind of setting into one of many turns."""
    turns: list[Turn] = []
    for _ in range(rng.randint(4, 9)):
        turns += rng.choice((compose.multi_turn, compose.single, compose.scenario))(rng).turns
    return Dialogue("long", tuple(turns))
