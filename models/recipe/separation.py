"""How far the evaluation is from the corpus: questions that occur in both, and the share of common word 5-grams."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from models.recipe.dialogue import Dialogue

WORD = re.compile(r"[a-z0-9_./'-]+|[^\x00-\x7f]")


@dataclass(frozen=True)
class Separation:
    """`in_corpus` are ids of questions that the corpus holds word for word; `shared_5_grams` is a share from 0 to 1."""

    in_corpus: tuple[str, ...]
    shared_5_grams: float


def words(text: str) -> list[str]:
    """Return the words of the text in lower case without punctuation; other scripts count by character."""
    return [word for word in (match.strip(".'-/") for match in WORD.findall(text.lower())) if word]


def measure(questions: Sequence[dict[str, Any]], dialogues: Iterable[Dialogue]) -> Separation:
    """Compare the last message of each question with everything that users say in the dialogues."""
    known: set[tuple[str, ...]] = set()
    known_grams: set[tuple[str, ...]] = set()
    for dialogue in dialogues:
        for turn in dialogue.turns:
            if turn.role == "user":
                line = tuple(words(turn.content))
                known.add(line)
                known_grams.update(_grams(line))
    asked = {question["id"]: tuple(words(question["messages"][-1]["content"] or "")) for question in questions}
    grams = {gram for line in asked.values() for gram in _grams(line)}
    in_corpus = tuple(sorted(name for name, line in asked.items() if line in known))
    return Separation(in_corpus, round(len(grams & known_grams) / max(1, len(grams)), 4))


def _grams(line: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    return (line[i : i + 5] for i in range(len(line) - 4))
