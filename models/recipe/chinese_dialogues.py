"""Chinese questions on the selection matrix and around it, sometimes with follow-ups."""

import random
from dataclasses import replace

from models.recipe.dialogue import Dialogue, conversation
from models.recipe.grammar import Intent, expand
from models.recipe.intents import any_system, pick, usual
from models.recipe.topics import chinese, chinese_more

INTENTS = tuple(replace(intent, ask=intent.ask + chinese_more.MORE.get(intent.name, ())) for intent in chinese.INTENTS)
WITH_SUBJECT = tuple(intent for intent in INTENTS if intent.subject)


def in_chinese(rng: random.Random) -> Dialogue:
    """One Chinese question, or two or three that follow each other."""
    intent = pick(INTENTS, rng)
    pairs = [(_question(intent, rng), usual(intent.say, rng))]
    roll = rng.random()
    if intent.why and roll < 0.2:
        pairs.append((_ended(rng.choice(chinese.ZH_WHY), rng), usual(intent.why, rng)))
    elif intent.brief and roll < 0.32:
        pairs.append((_ended(rng.choice(chinese.ZH_BRIEF), rng), intent.brief))
    if rng.random() < 0.15:
        other = rng.choice(WITH_SUBJECT)
        asked = rng.choice(chinese.ZH_ABOUT).replace("{x}", rng.choice(other.subject))
        pairs.append((_ended(asked, rng), other.say[0]))
    return conversation("chinese", pairs, any_system(rng) if rng.random() < 0.5 else "")


def _question(intent: Intent, rng: random.Random) -> str:
    polite = rng.choice(chinese.ZH_POLITE) if intent.topic != "chat" and rng.random() < 0.4 else ""
    if intent.subject and rng.random() < 0.12:
        return _ended(polite + rng.choice(chinese.ZH_ABOUT).replace("{x}", rng.choice(intent.subject)), rng)
    return _ended(polite + expand(rng.choice(intent.ask), rng), rng)


def _ended(text: str, rng: random.Random) -> str:
    return text if text[-1] in "?。" else text + rng.choice(("?", "?", "", "?"))
