"""Invented words, so that copying is learned and not a list of names."""

import random

NONSENSE = "bcdfgklmnprstvz"


def invented(rng: random.Random) -> str:
    """Return a word that no dictionary holds, or a code of letters and digits."""
    word = "".join(rng.choice(NONSENSE) + rng.choice("aeiou") for _ in range(rng.randint(2, 3))) + rng.choice(
        ("", "n", "r", "s")
    )
    return word if rng.random() < 0.75 else f"{rng.choice('ABCDEFXZ')}{rng.randint(1, 999)}"
