"""Tools that nobody knows: made of any two words, so that names and arguments are read and copied, never remembered.

Their questions use the words of the description, not of the name; their results are told in one way for all of them.
"""

import random
from collections.abc import Callable
from typing import Any

from models.recipe.topics.offered import (
    ABOUT,
    ACTIONS,
    DESCRIBED_TEXT,
    LOOKUP_ASK,
    LOOKUP_VERBS,
    MEASURES,
    OF,
    QUANTITY_ASK,
    QUANTITY_VERBS,
    SERVER_ASK,
    SERVER_THINGS,
    TEXT_ASK,
    TEXT_VERBS,
)
from models.recipe.topics.tools import NOUNS, VERBS, Tool
from models.recipe.words import any_words, invented

FIELDS = (
    "status", "owner", "price", "count", "date", "state", "size", "title", "level", "total", "value", "waiting", "used",
    "free", "percent", "seconds", "items", "name", "unit", "limit", "average", "maximum",
)  # fmt: skip


def state(rng: random.Random) -> Tool:
    """Return a tool without parameters that reads one quantity of the server."""
    thing, asks = rng.choice(SERVER_THINGS)
    if rng.random() < 0.55:
        thing, asks = f"{rng.choice(MEASURES)} {any_words(rng, 1)}" if rng.random() < 0.5 else any_words(rng, 2), ()
    verb, described = rng.choice(QUANTITY_VERBS)
    ask = asks or tuple(pattern.replace("{x}", thing) for pattern in QUANTITY_ASK + SERVER_ASK)
    of = rng.choice(OF)
    return _tool(_name(verb, thing, rng), f"{described} the {thing}{of}", {}, ask, _fields(rng))


def text(rng: random.Random) -> Tool:
    """Return a tool with one parameter, a text that the user quotes."""
    verb, described = rng.choice(TEXT_VERBS)
    key = rng.choice(("text", "text", "text", "input", "string", "sentence", "content", "phrase", "message"))
    ask = tuple(
        pattern.replace("{do}", verb.replace("_", " ")).replace("{value}", f"{{{key}}}")
        for pattern in TEXT_ASK + DESCRIBED_TEXT.get(verb, ()) * 3
    )
    name = f"{verb}_{key}" if rng.random() < 0.5 else _name(verb, any_words(rng, 1), rng)
    return _tool(name, described.replace("{x}", key), {key: "words"}, ask, _fields(rng))


def lookup(rng: random.Random) -> Tool:
    """Return a tool with one parameter that names a thing."""
    noun = rng.choice(NOUNS) if rng.random() < 0.5 else any_words(rng, 1)
    verb = rng.choice(VERBS + LOOKUP_VERBS)
    key = rng.choice((f"{noun}_id", "name", "id", "query", noun, "key", f"{noun}_name", "title", "number", "q"))
    ask = tuple(p.replace("{noun}", noun).replace("{value}", f"{{{key}}}") for p in LOOKUP_ASK)
    described = f"{verb.capitalize()}{rng.choice(('', 's'))} {rng.choice(('a', 'one', 'the'))} {noun}"
    return _tool(_name(verb, noun, rng), described + rng.choice(ABOUT), {key: "any"}, ask, _fields(rng))


def action(rng: random.Random) -> Tool:
    """Return a tool with two or three parameters of different kinds, in the order of the sentence that asks for it."""
    name, described, parameters, ask = rng.choice(ACTIONS)
    verb, _, rest = name.partition("_")
    noun = (any_words(rng, 1) if rng.random() < 0.4 else rest).replace("_", " ")
    told = tuple(pattern.replace("{noun}", noun) for pattern in ask)
    return _tool(_name(verb, noun, rng), described.replace("{noun}", noun), parameters, told, _fields(rng))


MAKERS: tuple[tuple[Callable[[random.Random], Tool], float], ...] = ((state, 3), (text, 2), (lookup, 3), (action, 2))


def any_tool(rng: random.Random) -> Tool:
    """Return a tool of one of the four kinds."""
    makers, shares = zip(*MAKERS, strict=True)
    tool: Tool = rng.choices(makers, shares)[0](rng)
    return tool


def result_text(result: dict[str, Any], rng: random.Random) -> tuple[dict[str, Any] | str, str]:
    """Return a result as the tool gives it (an object or plain text) and as the tutor tells it."""
    roll = rng.random()
    if roll < 0.06:
        problem = any_words(rng, rng.randint(1, 3))
        return {"error": problem}, f"The tool failed: {problem}."
    if roll < 0.2:
        said = f"{next(iter(result.values()))} {any_words(rng, 1)}"
        return said, f"The result is {said}."
    told = " and ".join(f"{key.replace('_', ' ')} {value}" for key, value in result.items())
    return result, f"The result is: {told}."


def _fields(rng: random.Random) -> dict[str, str]:
    number = rng.choice((1, 1, 2, 2, 3))
    names = [rng.choice(FIELDS) if rng.random() < 0.6 else any_words(rng, 1) for _ in range(number)]
    units = ("ms", "s", "mb", "percent", "id", "count")
    names = [f"{name}_{rng.choice(units)}" if rng.random() < 0.2 else name for name in names]
    return {name: rng.choice(("small", "small", "status", "int", "ms", "any")) for name in names}


def _name(verb: str, thing: str, rng: random.Random) -> str:
    words = [verb, *thing.split(" ")]
    if rng.random() < 0.12:
        words.insert(rng.randint(0, len(words)), invented(rng).lower())
    if rng.random() < 0.12:
        return words[0] + "".join(word.capitalize() for word in words[1:])
    return rng.choice(("_", "_", "_", "_", "-")).join(words)


def _tool(name: str, described: str, parameters: dict[str, str], ask: tuple[str, ...], result: dict[str, str]) -> Tool:
    return Tool((name,), described, parameters, ask, result, ())
