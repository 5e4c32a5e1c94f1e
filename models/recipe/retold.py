"""Follow-ups after answers in other words: what stands in the history need not be what the tutor would have said."""

import random
import re

from models.recipe.dialogue import Dialogue, Turn
from models.recipe.follow_ups import KNOWN, by_field, in_context, small_talk
from models.recipe.grammar import Intent
from models.recipe.intents import BY_NAME, TEACHING, any_system, pick, question, usual

SENTENCE = re.compile(r"(?<=[.!?]) +")
FOLLOWED = tuple(BY_NAME[name] for name in sorted({name for names, _, _ in KNOWN for name in names}))


def retold(rng: random.Random) -> Dialogue:
    """A question, an answer in other words that is not learned, and a follow-up that is."""
    turns: list[Turn] = []
    if rng.random() < 0.15:
        ask, answer = small_talk("hello", rng)
        turns += [Turn("user", ask), Turn("assistant", answer, is_learned=False)]
    roll = rng.random()
    intent = rng.choice(FOLLOWED) if roll < 0.7 else pick(TEACHING, rng)
    turns += [Turn("user", question(intent, rng)), Turn("assistant", in_other_words(intent, rng), is_learned=False)]
    pairs = in_context(intent, rng) if roll < 0.7 else by_field(intent, rng) if roll < 0.9 else []
    if not pairs:
        other = pick(TEACHING, rng)
        pairs = [(question(other, rng), usual(other.say, rng))]
    turns += [Turn(role, text) for pair in pairs for role, text in zip(("user", "assistant"), pair, strict=True)]
    return Dialogue("follow-up", tuple(turns), system=any_system(rng))


def in_other_words(intent: Intent, rng: random.Random) -> str:
    """Return the intent's answer shortened, in another form, or in another order."""
    sentences = SENTENCE.split(rng.choice(intent.say))
    shuffled = rng.sample(sentences, len(sentences))
    forms = [sentences[0], " ".join(sentences[:2]), " ".join(sentences[-2:]), " ".join(shuffled)]
    forms += [text for text in (intent.brief, intent.brief, intent.simple, *intent.why) if text]
    return rng.choice(forms)
