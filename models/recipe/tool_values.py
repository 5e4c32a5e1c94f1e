"""Random arguments and results of tools; many are invented, so that copying is learned and not a list."""

import random
from collections.abc import Callable
from typing import Any

from models.recipe.topics.tools import WORDS
from models.recipe.words import any_words, invented, phrase

LEVELS = ("low", "normal", "medium", "high", "urgent")
UNITS = ("miles", "kilometres", "pounds", "feet", "litres", "hours")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "today", "tomorrow")
TLDS = ("com", "org", "net", "io", "de", "test")
SUFFIXES = (".py", ".txt", ".md", ".csv", ".log", ".yaml")
NAMED = frozenset({"city", "person"})
OFTEN_INVENTED = frozenset({"city", "term", "person", "host", "queue", "any"})


def value(kind: str, rng: random.Random) -> Any:
    """Return a random value of the kind."""
    if kind in MADE and (kind not in WORDS or rng.random() < 0.5):
        return MADE[kind](rng)
    if kind in OFTEN_INVENTED and rng.random() < 0.45:
        word = invented(rng) if rng.random() < 0.6 else any_words(rng, 1)
        return word.capitalize() if kind in NAMED else word
    return rng.choice(WORDS["term" if kind == "any" else kind])


def _number(rng: random.Random) -> int:
    return rng.choice((rng.randint(1, 20), rng.randint(1, 100), rng.randint(10, 9999)))


def _words(rng: random.Random) -> str:
    text = phrase(rng) if rng.random() < 0.5 else any_words(rng, rng.choice((1, 2, 2, 3, 3, 4, 5, 7)))
    return text.capitalize() if rng.random() < 0.3 else text


def _date(rng: random.Random) -> str:
    exact = f"20{rng.randint(23, 31)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    return rng.choice((exact, rng.choice(WEEKDAYS)))


def _code(rng: random.Random) -> str:
    """Return an id as requests, orders and tickets have them."""
    number = rng.randint(10, 9999)
    if rng.random() < 0.4:
        return f"{any_words(rng, 1)[:3].upper()}-{number}"
    return rng.choice(("req-", "r", "", "user", "inv_", "job-")) + str(number) + rng.choice(("", "", "a", "x", "c7"))


def _email(rng: random.Random) -> str:
    return f"{any_words(rng, 1).lower()}@{invented(rng).lower()}.{rng.choice(TLDS)}"


def _url(rng: random.Random) -> str:
    end = rng.choice(("", f":{rng.randint(1000, 9999)}", "/healthz"))
    return f"http{rng.choice(('', 's'))}://{invented(rng).lower()}.{rng.choice(TLDS)}{end}"


def _path(rng: random.Random) -> str:
    folder = rng.choice(("", "", "docs/", "/var/log/", "src/", "data/"))
    return f"{folder}{any_words(rng, 1).lower()}{rng.choice(SUFFIXES)}"


def _symbol(rng: random.Random) -> str:
    return "".join(rng.choices("ABCDEFGHIJKLMNOPRSTUVWXYZ", k=rng.randint(2, 4)))


def _host(rng: random.Random) -> str:
    return f"{rng.choice(('node', 'web', 'db', 'gpu', 'edge', any_words(rng, 1)))}-{rng.randint(1, 99)}"


MADE: dict[str, Callable[[random.Random], Any]] = {
    "int": _number,
    "small": lambda rng: rng.randint(0, 99),
    "temp": lambda rng: rng.randint(-10, 38),
    "ms": lambda rng: round(rng.uniform(0.1, 900), 1),
    "words": _words,
    "level": lambda rng: rng.choice(LEVELS),
    "unit": lambda rng: rng.choice((*UNITS, any_words(rng, 1))),
    "bool": lambda rng: rng.random() < 0.5,
    "date": _date,
    "time": lambda rng: f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}",
    "expression": lambda rng: f"{rng.randint(1, 99)} {rng.choice('+-*/')} {rng.randint(1, 99)}",
    "id": _code,
    "email": _email,
    "url": _url,
    "path": _path,
    "symbol": _symbol,
    "host": _host,
    "quoted": phrase,
}
