"""All English intents of all topics, and how one of them is drawn and asked for."""

import random
from dataclasses import replace

from models.recipe import handwritten
from models.recipe.grammar import Intent, expand
from models.recipe.noise import as_said, as_typed
from models.recipe.topics import (
    details,
    event_loop,
    everyday_matrix,
    everyday_python,
    everyday_service,
    everyday_serving,
    fine_points,
    formats,
    job_queue,
    matrix,
    overload,
    persona,
    phrasings,
    python_model,
    service,
    serving,
    streams,
    symptoms,
)

WRITTEN: tuple[Intent, ...] = (
    matrix.INTENTS
    + python_model.INTENTS
    + event_loop.INTENTS
    + serving.INTENTS
    + service.INTENTS
    + details.INTENTS
    + job_queue.INTENTS
    + streams.INTENTS
    + overload.INTENTS
    + fine_points.INTENTS
    + persona.INTENTS
)
# Lists of further questions by the intent's name, kept apart from the grammar of the topics.
MORE = (
    symptoms.MORE,
    phrasings.MORE,
    everyday_matrix.MORE,
    everyday_python.MORE,
    everyday_service.MORE,
    everyday_serving.MORE,
    handwritten.read(),
)
ENGLISH: tuple[Intent, ...] = tuple(
    replace(intent, ask=intent.ask + tuple(text for more in MORE for text in more.get(intent.name, ())))
    for intent in WRITTEN
)
BY_NAME = {intent.name: intent for intent in ENGLISH}
TEACHING = tuple(intent for intent in ENGLISH if intent.topic != "chat")
WITH_SUBJECT = tuple(intent for intent in TEACHING if intent.subject)


def pick(intents: tuple[Intent, ...], rng: random.Random) -> Intent:
    """Return one intent, drawn by weight (a long list of questions weighs more)."""
    return rng.choices(intents, [i.weight * (1 + len(i.ask) / 8) for i in intents])[0]


def question(intent: Intent, rng: random.Random) -> str:
    """Return one way to ask for the intent, as a person may type it."""
    if intent.subject and rng.random() < 0.2:
        pattern = rng.choice(formats.ABOUT_FIRST).replace("{x}", rng.choice(intent.subject))
    else:
        pattern = rng.choice(intent.ask)
    text = expand(pattern, rng)
    return as_said(text, rng) if intent.topic == "chat" and rng.random() < 0.8 else as_typed(text, rng)


def asked(patterns: tuple[str, ...], rng: random.Random) -> str:
    """Return one expansion of one of the patterns, as a person may type it."""
    return as_typed(expand(rng.choice(patterns), rng), rng)


def usual(answers: tuple[str, ...], rng: random.Random) -> str:
    """Return the first answer most of the time: a small model learns one wording sooner than a choice among three."""
    return answers[0] if rng.random() < 0.85 else rng.choice(answers)


def any_system(rng: random.Random) -> str:
    """Return a system prompt that changes nothing, or, mostly, none."""
    return rng.choice(formats.SYSTEMS) if rng.random() < 0.25 else ""


def wrapped(pattern: str, ask: str) -> str:
    """Put a finished question into a pattern, with a full stop where the pattern goes on after it."""
    ends_with_question = pattern.endswith("{q}") or ask[-1:] in ".?!"
    return pattern.replace("{q}", ask if ends_with_question else ask + ".")
