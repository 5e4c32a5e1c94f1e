"""Words torn apart before they are tokenized, so that a word is known by its parts too, and a new one is not all new.

This is BPE-dropout (Provilkov et al., arXiv 1910.13267) by simpler means, and repeatable with a seed: the pieces of a
torn word are tokenized one by one, so it comes in other tokens than usual and still reads the same.
"""

import random
import re

WORD = re.compile(r"(?<![\w|])[A-Za-z]{4,}(?![\w|])")


def torn(text: str, rng: random.Random, *, share: float) -> list[str]:
    """Return the text in pieces, cut inside a share (0 to 1) of its words of four letters and more."""
    places = [
        match.start() + rng.randint(1, len(match[0]) - 1) for match in WORD.finditer(text) if rng.random() < share
    ]
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]
