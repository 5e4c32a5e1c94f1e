"""Answers in JSON, with the keys that were asked for."""

import json
import random

from models.recipe.compose import any_kind, job, scenario_question
from models.recipe.dialogue import Dialogue, conversation
from models.recipe.grammar import expand
from models.recipe.intents import BY_NAME, TEACHING, WITH_SUBJECT, any_system, asked, pick, question, usual, wrapped
from models.recipe.topics import details, formats, scenarios, structured

WITH_BRIEF = tuple(intent for intent in WITH_SUBJECT if intent.brief)
BRIEF = tuple(intent for intent in TEACHING if intent.brief)
CLOSED = ("Is ", "Are ", "Can ", "Do ", "Does ", "Should ", "Will ", "May ")
DEFAULT_KEYS = ("work", "use", "why")


def in_json(rng: random.Random) -> Dialogue:
    """One of: which model fits, a choice, a definition, yes or no, a fact, any short answer, a list, true or false."""
    makers = (_fit, _choice, _definition, _yes_no, _fact, _stands_for, _answer, _list, _boolean)
    return rng.choices(makers, [10, 8, 3, 2, 6, 2, 4, 2, 1.5])[0](rng)


def _fit(rng: random.Random) -> Dialogue:
    kind = any_kind(rng)
    ask = _told(kind, rng)
    keys = rng.choice(formats.JSON_KEYS)
    roll = rng.random()
    if roll < 0.25:
        text = wrapped(expand(rng.choice(formats.JSON_ASK_PLAIN), rng), ask)
        return conversation("json", [(text, _fit_answer(kind, DEFAULT_KEYS))], any_system(rng))
    if roll < 0.4:
        pairs = [(ask, usual(kind.say, rng)), (asked(formats.JSON_FOLLOW, rng), _fit_answer(kind, DEFAULT_KEYS))]
        return conversation("json", pairs, any_system(rng))
    return _with_keys(ask, keys, _fit_answer(kind, keys), rng)


def _choice(rng: random.Random) -> Dialogue:
    kind = rng.choice((scenarios.CPU, scenarios.IO_ASYNC, scenarios.IO_BLOCKING))
    mark = rng.choice(("", '"', '"', "'"))
    key = rng.choice(("choice", "use", "answer", "model", "pick", "option", "best", "tool", "result", "kind", "value"))
    named_as = {word: rng.choice(names) for word, names in structured.OPTIONS.items()}
    words = rng.sample(list(named_as.values()), 3)
    options = [f"{mark}{word}{mark}" for word in words]
    listed = f"{options[0]}, {options[1]} or {options[2]}"
    values = {key: named_as[kind.option]}
    if rng.random() < 0.2:
        values[rng.choice(("reason", "why", "because", "explanation"))] = kind.reason
        return _with_keys(f"{_told(kind, rng)} Options: {listed}.", tuple(values), json.dumps(values), rng)
    answer = json.dumps(values)
    if rng.random() < 0.3:
        return _with_keys(f"{_told(kind, rng)} Choose {listed}.", (key,), answer, rng)
    named = rng.choice((key, f'"{key}"'))
    bars = f'"{rng.choice(("|", " | ", "/")).join(words)}"'
    text = expand(rng.choice(formats.JSON_VALUES).replace("{{key}: ", "{KEY: ").replace("{key}", named), rng)
    text = text.replace("{KEY: ", f'{{"{key}": ').replace("{bars}", bars).replace("{options}", listed)
    return conversation("json", [(wrapped(text, _told(kind, rng)), answer)], any_system(rng))


def _told(kind: scenarios.Kind, rng: random.Random) -> str:
    """Return a question about work of the kind, or just the name of the work."""
    roll = rng.random()
    if roll < 0.35:
        text = rng.choice(formats.JSON_JOB).replace("{q}", job(kind, rng))
        return text[:1].upper() + text[1:]
    return scenario_question(kind, rng) if roll < 0.75 else question(BY_NAME[kind.intent], rng)


def _stands_for(rng: random.Random) -> Dialogue:
    short, meaning = rng.choice(list(details.STANDS_FOR.items()))
    ask = expand(rng.choice(details.STANDS_ASK).replace("{x}", short), rng)
    ask = ask[:1].upper() + ask[1:]
    first, second = rng.choice(formats.STANDS_KEYS)
    values = ({first: ask if first == "question" else short} if first else {}) | {second: meaning}
    return _with_keys(ask, tuple(values), json.dumps(values), rng)


def _definition(rng: random.Random) -> Dialogue:
    intent = pick(WITH_BRIEF, rng)
    term = rng.choice(intent.subject)
    ask = expand(rng.choice(formats.ABOUT_FIRST).replace("{x}", term), rng)
    first, second = rng.choice(formats.DEFINITION_KEYS)
    if not first:
        return _with_keys(ask, (second,), json.dumps({second: intent.brief}), rng)
    named = ask[:1].upper() + ask[1:] if first == "question" else term
    return _with_keys(
        named if first == "question" else ask, (first, second), json.dumps({first: named, second: intent.brief}), rng
    )


def _yes_no(rng: random.Random) -> Dialogue:
    intent = BY_NAME[rng.choice(formats.YES_NO)]
    verdict, reason = intent.brief.split(", ", 1)
    key, why = rng.choice(
        (("answer", "reason"), ("answer", "why"), ("verdict", "reason"), ("yes_or_no", "why"), ("answer", ""))
    )
    values = {key: verdict.lower()} | ({why: reason[:1].upper() + reason[1:]} if why else {})
    closed = tuple(pattern for pattern in intent.ask if pattern.lstrip("[").startswith(CLOSED))
    return _with_keys(asked(closed, rng), tuple(values), json.dumps(values), rng)


def _fact(rng: random.Random) -> Dialogue:
    if rng.random() < 0.4:
        name, keys, known = rng.choice(structured.VALUES)
        key = rng.choice(keys)
        return _with_keys(question(BY_NAME[name], rng), (key,), json.dumps({key: known}), rng)
    patterns, keys, value = rng.choice(formats.FACTS + structured.FACTS)
    key = rng.choice(keys)
    return _with_keys(asked(patterns, rng), (key,), json.dumps({key: value}), rng)


def _answer(rng: random.Random) -> Dialogue:
    """Any question that has a short answer, alone or with the fuller one as its explanation."""
    intent = pick(BRIEF, rng)
    key, second = rng.choice(structured.ANSWER_KEYS)
    values = {key: intent.brief} | ({second: intent.say[0]} if second else {})
    return _with_keys(question(intent, rng), tuple(values), json.dumps(values), rng)


def _list(rng: random.Random) -> Dialogue:
    patterns, keys, items = rng.choice(structured.LISTS)
    key = rng.choice(keys)
    return _with_keys(asked(patterns, rng), (key,), json.dumps({key: items}), rng)


def _boolean(rng: random.Random) -> Dialogue:
    patterns, is_so = rng.choice(structured.BOOLEANS)
    key = rng.choice(structured.BOOLEAN_KEYS)
    text = expand(rng.choice(structured.BOOLEAN_ASK).replace("{{keys}", "{KEYS"), rng)
    named = rng.choice((key, f'"{key}"'))
    text = text.replace("{KEYS", f'{{"{key}"').replace("{keys}", named)
    answer = json.dumps({key: is_so})
    return conversation("json", [(wrapped(text, asked(patterns, rng)), answer)], any_system(rng))


def _fit_answer(kind: scenarios.Kind, keys: tuple[str, ...]) -> str:
    def value(key: str) -> str:
        if key in formats.KIND_KEYS:
            return kind.work
        return kind.use if key in formats.USE_KEYS else kind.reason

    return json.dumps({key: value(key) for key in keys})


def _with_keys(ask: str, keys: tuple[str, ...], answer: str, rng: random.Random) -> Dialogue:
    """Ask for the keys in the question, as a shape, or in the system prompt."""
    roll = rng.random()
    if roll < 0.2:
        return conversation(
            "json", [(ask, answer)], rng.choice(formats.SYSTEMS_JSON).replace("{keys}", _listed(keys, rng))
        )
    named = _shape(keys, rng) if roll < 0.45 else _listed(keys, rng)
    patterns: tuple[str, ...]
    if roll < 0.45:
        patterns = formats.JSON_ASK_SHAPE + structured.SHAPE_ASK
    else:
        patterns = formats.JSON_ASK + structured.ASK + (structured.ONE_KEY_ASK * 2 if len(keys) == 1 else ())
    return conversation(
        "json", [(wrapped(expand(rng.choice(patterns), rng).replace("{keys}", named), ask), answer)], any_system(rng)
    )


def _listed(keys: tuple[str, ...], rng: random.Random) -> str:
    mark = rng.choice(("", "", '"', "`", "'"))
    names = [f"{mark}{key}{mark}" for key in keys]
    if len(names) < 2 or rng.random() < 0.4:
        return ", ".join(names)
    return ", ".join(names[:-1]) + f" and {names[-1]}"


def _shape(keys: tuple[str, ...], rng: random.Random) -> str:
    dots = rng.choice(("...", '"..."', '""'))
    return "{" + ", ".join(f'"{key}": {dots}' for key in keys) + "}"
