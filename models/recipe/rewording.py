"""Questions in other words: synonyms in place of some of theirs."""

import random

from models.recipe.topics.synonyms import GROUPS

SYNONYMS: dict[str, tuple[str, ...]] = {
    word.lower(): tuple(other for group in GROUPS if word in group for other in group if other != word)
    for group in GROUPS
    for word in group
    if " " not in word
}


def reworded(text: str, rng: random.Random) -> str:
    """Replace about every third word that has synonyms by one of them, at least one."""
    words = text.split(" ")
    known = [i for i, word in enumerate(words) if word.rstrip(".,?!").lower() in SYNONYMS]
    for number, index in enumerate(rng.sample(known, len(known))):
        if number and rng.random() > 0.33:
            break
        bare = words[index].rstrip(".,?!")
        other = rng.choice(SYNONYMS[bare.lower()])
        words[index] = (other[:1].upper() + other[1:] if bare[0].isupper() else other) + words[index][len(bare) :]
    return " ".join(words)
