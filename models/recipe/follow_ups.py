"""Follow-ups: what a user asks next, which only makes sense after the answer before."""

import random

from models.recipe.grammar import Intent
from models.recipe.intents import BY_NAME, asked, question, usual
from models.recipe.topics import formats
from models.recipe.topics.followups import SAME_AS
from models.recipe.topics.followups_further import FURTHER
from models.recipe.topics.followups_more import MORE

Pair = tuple[str, str]
KNOWN = SAME_AS + MORE + FURTHER
FIELDS = (
    ("why", formats.WHY, 3),
    ("example", formats.EXAMPLE, 2),
    ("code", formats.CODE, 2),
    ("brief", formats.BRIEF, 2),
    ("simple", formats.SIMPLE, 2),
)


def by_field(intent: Intent, rng: random.Random) -> list[Pair]:
    """Return one of why, example, code, shorter, simpler; nothing when the intent offers none."""
    offered = [(name, asks) for name, asks, share in FIELDS for _ in range(share) if getattr(intent, name)]
    if not offered:
        return []
    name, asks = rng.choice(offered)
    answer: str | tuple[str, ...] = getattr(intent, name)
    return [(asked(asks, rng), answer if isinstance(answer, str) else usual(answer, rng))]


def in_context(intent: Intent, rng: random.Random) -> list[Pair]:
    """Return a follow-up that another intent answers; nothing when none is known."""
    known = [(asks, name) for names, asks, name in KNOWN if intent.name in names]
    if not known:
        return []
    asks, name = rng.choices(known, [len(asks) for asks, _ in known])[0]
    return [(asked(asks, rng), usual(BY_NAME[name].say, rng))]


def small_talk(name: str, rng: random.Random) -> Pair:
    """Return a greeting, thanks or goodbye with its answer."""
    return question(BY_NAME[name], rng), usual(BY_NAME[name].say, rng)
