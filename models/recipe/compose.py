"""Conversations about the topics: single questions, abbreviations, scenarios, several turns, refusals."""

import random

from models.recipe import handwritten
from models.recipe.dialogue import Dialogue, conversation
from models.recipe.follow_ups import Pair, by_field, in_context, small_talk
from models.recipe.grammar import expand
from models.recipe.intents import (
    BY_NAME,
    ENGLISH,
    TEACHING,
    WITH_SUBJECT,
    any_system,
    asked,
    pick,
    question,
    usual,
    wrapped,
)
from models.recipe.noise import as_typed
from models.recipe.topics import (
    claims,
    details,
    everyday_service,
    formats,
    matrix,
    outside,
    outside_more,
    scenarios,
    tools,
)
from models.recipe.topics.jobs import JOBS
from models.recipe.words import any_words, invented

WRITTEN_QUESTIONS = tuple((BY_NAME[name], ask) for name, asks in handwritten.read().items() for ask in asks)
OUTSIDE_ASK = outside.ASK + outside.ASK_MORE * 2 + everyday_service.OUTSIDE + outside_more.ASK
ECHO_WORDS = tuple(word for text in outside.THINGS + tools.WORDS["term"] for word in text.split())


def single(rng: random.Random) -> Dialogue:
    """One question, one answer; sometimes asked for briefly, simply, or for code."""
    intent = pick(ENGLISH, rng)
    ask = question(intent, rng)
    roll = rng.random()
    if intent.brief and roll < 0.08:
        return _in_a_manner(intent.topic, ask, intent.brief, formats.BRIEF_FIRST, formats.SYSTEMS_BRIEF, rng)
    if intent.simple and roll < 0.14:
        return _in_a_manner(intent.topic, ask, intent.simple, formats.SIMPLE_FIRST, formats.SYSTEMS_SIMPLE, rng)
    if intent.code and intent.subject and roll < 0.2:
        pattern = rng.choice(formats.CODE_FIRST).replace("{x}", rng.choice(intent.subject))
        return conversation(intent.topic, [(as_typed(expand(pattern, rng), rng), intent.code)], any_system(rng))
    return conversation(intent.topic, [(ask, usual(intent.say, rng))], any_system(rng))


def written(rng: random.Random) -> Dialogue:
    """One handwritten question, each as likely as any other, often just as it was written, with its answer."""
    intent, ask = rng.choice(WRITTEN_QUESTIONS)
    text = ask if rng.random() < 0.4 else as_typed(ask, rng)
    return conversation(intent.topic, [(text, usual(intent.say, rng))], any_system(rng))


def abbreviation(rng: random.Random) -> Dialogue:
    """What an abbreviation stands for."""
    short, meaning = rng.choice(list(details.STANDS_FOR.items()))
    ask = as_typed(expand(rng.choice(details.STANDS_ASK).replace("{x}", short), rng), rng)
    return conversation("abbreviation", [(ask, f"{short} stands for {meaning}.")], any_system(rng))


def echo(rng: random.Random) -> Dialogue:
    """Words to be repeated: useful in itself, and the shortest lesson in copying, which tool calls need."""
    makers = (invented, lambda rng: rng.choice(ECHO_WORDS), lambda rng: any_words(rng, 1))
    words = [rng.choices(makers, (0.3, 0.3, 0.4))[0](rng) for _ in range(rng.randint(1, 14))]
    text = " ".join(words)
    mark = rng.choice(("", "", "'", '"'))
    ask = expand(rng.choice(formats.ECHO), rng).replace("{x}", f"{mark}{text}{mark}")
    return conversation("echo", [(ask[:1].upper() + ask[1:], text)], any_system(rng))


def scenario(rng: random.Random) -> Dialogue:
    """A concrete job; sometimes followed by why, code, a doubt, or another job."""
    pairs: list[Pair] = []
    for _ in range(rng.choice((1, 1, 1, 2))):
        kind = any_kind(rng)
        intent = BY_NAME[kind.intent]
        pairs.append((scenario_question(kind, rng), usual(kind.say, rng)))
        roll = rng.random()
        if roll < 0.13:
            pairs.append((asked(formats.WHY + scenarios.WHY_ASK, rng), usual(kind.why, rng)))
        elif roll < 0.21 and intent.code:
            pairs.append((asked(formats.CODE, rng), intent.code))
        elif roll < 0.27 and intent.brief:
            pairs.append((asked(formats.BRIEF, rng), intent.brief))
        elif roll < 0.4:
            pairs += in_context(intent, rng)
    return conversation("scenario", pairs, any_system(rng))


def multi_turn(rng: random.Random) -> Dialogue:
    """Two to six turns: a question, then follow-ups that only make sense after it, or another subject by name."""
    pairs: list[Pair] = [small_talk("hello", rng)] if rng.random() < 0.2 else []
    intent = pick(TEACHING, rng)
    pairs.append((question(intent, rng), usual(intent.say, rng)))
    for _ in range(rng.randint(1, 3)):
        roll = rng.random()
        if roll < 0.4:
            pairs += by_field(intent, rng)
        elif roll < 0.65:
            pairs += in_context(intent, rng)
        elif roll < 0.82:
            intent = rng.choice(WITH_SUBJECT) if rng.random() < 0.6 else pick(matrix.INTENTS, rng)
            pattern = rng.choice(formats.ABOUT if intent.subject else intent.ask)
            text = pattern.replace("{x}", rng.choice(intent.subject or ("",)))
            pairs.append((as_typed(expand(text, rng), rng), usual(intent.say, rng)))
        elif roll < 0.94:
            intent = pick(TEACHING, rng)
            pairs.append((question(intent, rng), usual(intent.say, rng)))
        else:
            pairs.append((refusal_question(rng), usual(outside.REFUSALS, rng)))
    if rng.random() < 0.2:
        pairs.append(small_talk(rng.choice(("thanks", "thanks", "ok", "bye")), rng))
    return conversation("follow-up", pairs, any_system(rng))


def refusal(rng: random.Random) -> Dialogue:
    """A question outside the subject, refused."""
    return conversation("refusal", [(refusal_question(rng), usual(outside.REFUSALS, rng))], any_system(rng))


def refusal_question(rng: random.Random) -> str:
    """Return a question outside the subject."""
    text = rng.choice(OUTSIDE_ASK) if rng.random() < 0.75 else rng.choice(outside_more.FRAMES)
    text = text.replace("{any}", any_words(rng, rng.choice((1, 1, 2, 3))))
    fills = {"{thing}": outside.THINGS, "{place}": outside.PLACES, "{food}": outside.FOODS, "{ill}": outside.ILLS}
    for slot, words in fills.items():
        text = text.replace(slot, rng.choice(words))
    while "{num}" in text:
        text = text.replace("{num}", str(rng.randint(2, 9999)), 1)
    return as_typed(expand(text, rng), rng)


def any_kind(rng: random.Random) -> scenarios.Kind:
    """Return a kind of work, the common ones more often."""
    return rng.choices(scenarios.KINDS, [6, 4, 4, 2, 2, 1])[0]


def scenario_question(kind: scenarios.Kind, rng: random.Random) -> str:
    """Return a question about one concrete job of the kind, now and then told in several sentences."""
    if kind.context and rng.random() < 0.35:
        told = [rng.choice(scenarios.STATE), rng.choice(kind.context)]
        rng.shuffle(told)
        text = ". ".join(part[:1].upper() + part[1:] for part in (_job(part, kind, rng) for part in told))
        return as_typed(f"{text}. {expand(rng.choice(scenarios.THEN), rng)}", rng)
    return as_typed(_job(rng.choice(scenarios.ASK), kind, rng), rng)


def job(kind: scenarios.Kind, rng: random.Random) -> str:
    """Return the bare job of a kind of work, as a task or as a doing."""
    return _job(rng.choice(("{do}", "{doing}")), kind, rng)


def doubt(rng: random.Random) -> Dialogue:
    """Whether one model is right for a concrete job, answered with yes or no."""
    kind = any_kind(rng)
    option = rng.choice(list(scenarios.DOUBTS))
    answer = getattr(kind, option)
    if not answer:
        return scenario(rng)
    return conversation(
        "doubt", [(as_typed(_job(rng.choice(scenarios.DOUBTS[option]), kind, rng), rng), answer)], any_system(rng)
    )


def claim(rng: random.Random) -> Dialogue:
    """A statement that somebody makes, confirmed or set right."""
    statements, answer = rng.choice(claims.CLAIMS)
    ask = expand(rng.choice(claims.ASK).replace("{claim}", rng.choice(statements)), rng)
    return conversation("claim", [(as_typed(ask, rng), answer)], any_system(rng))


def _job(pattern: str, kind: scenarios.Kind, rng: random.Random) -> str:
    verbs, rest = rng.choice(kind.jobs + JOBS[kind.name]).split(" ", 1)
    do, doing = verbs.split("/")
    return expand(pattern.replace("{doing}", f"{doing} {rest}").replace("{do}", f"{do} {rest}"), rng)


def _in_a_manner(
    topic: str, ask: str, answer: str, wraps: tuple[str, ...], systems: tuple[str, ...], rng: random.Random
) -> Dialogue:
    """Ask for a manner of answering, in the question itself or in the system prompt."""
    if rng.random() < 0.3:
        return conversation(topic, [(ask, answer)], rng.choice(systems))
    return conversation(topic, [(wrapped(rng.choice(wraps), ask), answer)])
