"""Invented words and words of all kinds, so that copying is learned and not a list of names."""

import random
from functools import cache

from models.recipe import handwritten

NONSENSE = "bcdfgklmnprstvz"
MARKS = frozenset("'\"`\\")


def invented(rng: random.Random) -> str:
    """Return a word that no dictionary holds, or a code of letters and digits."""
    word = "".join(rng.choice(NONSENSE) + rng.choice("aeiou") for _ in range(rng.randint(2, 3))) + rng.choice(
        ("", "n", "r", "s")
    )
    return word if rng.random() < 0.75 else f"{rng.choice('ABCDEFXZ')}{rng.randint(1, 999)}"


@cache
def vocabulary() -> tuple[str, ...]:
    """Return the words of three letters and more that people use in the handwritten questions, in order."""
    lines = (line for questions in handwritten.read().values() for line in questions)
    return tuple(sorted({word for line in lines for word in line.lower().split() if len(word) > 2 and word.isalpha()}))


@cache
def _lines() -> tuple[tuple[str, ...], ...]:
    lines = (line for questions in handwritten.read().values() for line in questions)
    return tuple(tuple(line.split()) for line in lines if not MARKS & set(line) and line.isascii())


def phrase(rng: random.Random) -> str:
    """Return some consecutive words of a handwritten question: text as people write it, free of quotation marks."""
    words = rng.choice(_lines())
    number = rng.randint(1, 7)
    start = rng.randrange(max(1, len(words) - number + 1))
    return " ".join(words[start : start + number]).rstrip(".,:;?!")


def any_words(rng: random.Random, number: int) -> str:
    """Return some words of the vocabulary; now and then an invented one stands among them."""
    words = (invented(rng).lower() if rng.random() < 0.08 else rng.choice(vocabulary()) for _ in range(number))
    return " ".join(words)
