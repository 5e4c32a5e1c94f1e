"""Conversations about the topics: single questions, follow-ups, scenarios, refusals, answers in JSON."""

import json
import random

from models.recipe.dialogue import Dialogue, conversation
from models.recipe.grammar import Intent, expand
from models.recipe.noise import as_typed
from models.recipe.topics import (
    chinese,
    event_loop,
    formats,
    matrix,
    outside,
    persona,
    python_model,
    scenarios,
    service,
    serving,
)

ENGLISH: tuple[Intent, ...] = (
    matrix.INTENTS + python_model.INTENTS + event_loop.INTENTS + serving.INTENTS + service.INTENTS + persona.INTENTS
)
BY_NAME = {intent.name: intent for intent in ENGLISH}
CHAT = tuple(intent for intent in ENGLISH if intent.topic == "chat")
TEACHING = tuple(intent for intent in ENGLISH if intent.topic != "chat")
WITH_SUBJECT = tuple(intent for intent in TEACHING if intent.subject)
FIELDS = (
    ("why", formats.WHY, 3),
    ("example", formats.EXAMPLE, 2),
    ("code", formats.CODE, 2),
    ("brief", formats.BRIEF, 2),
    ("simple", formats.SIMPLE, 2),
)

Pair = tuple[str, str]


def pick(intents: tuple[Intent, ...], rng: random.Random) -> Intent:
    """Return one intent, drawn by weight (a long list of questions weighs more)."""
    return rng.choices(intents, [i.weight * (1 + len(i.ask) / 8) for i in intents])[0]


def question(intent: Intent, rng: random.Random) -> str:
    """Return one way to ask for the intent, as a person may type it."""
    about = intent.subject and rng.random() < 0.22
    pattern = (
        rng.choice(formats.ABOUT_FIRST).replace("{x}", rng.choice(intent.subject)) if about else rng.choice(intent.ask)
    )
    return as_typed(expand(pattern, rng), rng)


def single(rng: random.Random) -> Dialogue:
    """One question, one answer; sometimes asked for briefly, simply, or for code."""
    intent = pick(ENGLISH, rng)
    ask = question(intent, rng)
    roll = rng.random()
    if intent.brief and roll < 0.07:
        system = rng.choice(formats.SYSTEMS_BRIEF) if rng.random() < 0.3 else ""
        asked = ask if system else _wrap(rng.choice(formats.BRIEF_FIRST), ask)
        return conversation(intent.topic, [(asked, intent.brief)], system)
    if intent.simple and roll < 0.13:
        system = rng.choice(formats.SYSTEMS_SIMPLE) if rng.random() < 0.3 else ""
        asked = ask if system else _wrap(rng.choice(formats.SIMPLE_FIRST), ask)
        return conversation(intent.topic, [(asked, intent.simple)], system)
    if intent.code and intent.subject and roll < 0.2:
        pattern = rng.choice(formats.CODE_FIRST).replace("{x}", rng.choice(intent.subject))
        return conversation(intent.topic, [(as_typed(expand(pattern, rng), rng), intent.code)], _system(rng))
    return conversation(intent.topic, [(ask, rng.choice(intent.say))], _system(rng))


def scenario(rng: random.Random) -> Dialogue:
    """A concrete job; sometimes followed by why, code, or another job."""
    pairs: list[Pair] = []
    for _ in range(rng.choice((1, 1, 1, 2))):
        kind = _kind(rng)
        pairs.append((_scenario_question(kind, rng), rng.choice(kind.say)))
        roll = rng.random()
        if roll < 0.15:
            pairs.append(
                (as_typed(expand(rng.choice(formats.WHY + scenarios.WHY_ASK), rng), rng), rng.choice(kind.why))
            )
        elif roll < 0.27 and BY_NAME[kind.intent].code:
            pairs.append((as_typed(expand(rng.choice(formats.CODE), rng), rng), BY_NAME[kind.intent].code))
        elif roll < 0.34 and BY_NAME[kind.intent].brief:
            pairs.append((as_typed(expand(rng.choice(formats.BRIEF), rng), rng), BY_NAME[kind.intent].brief))
    return conversation("scenario", pairs, _system(rng))


def multi_turn(rng: random.Random) -> Dialogue:
    """Two to six turns: a question, then follow-ups that only make sense after it, or another subject by name."""
    pairs: list[Pair] = []
    if rng.random() < 0.25:
        pairs.append(_small_talk("hello", rng))
    intent = pick(TEACHING, rng)
    pairs.append((question(intent, rng), rng.choice(intent.say)))
    for _ in range(rng.randint(1, 4)):
        roll = rng.random()
        if roll < 0.62:
            pairs.extend(_follow_up(intent, rng))
        elif roll < 0.82:
            intent = rng.choice(WITH_SUBJECT) if rng.random() < 0.6 else pick(matrix.INTENTS, rng)
            subject = rng.choice(intent.subject) if intent.subject else ""
            asked = rng.choice(formats.ABOUT).replace("{x}", subject) if subject else rng.choice(intent.ask)
            pairs.append((as_typed(expand(asked, rng), rng), rng.choice(intent.say)))
        elif roll < 0.94:
            intent = pick(TEACHING, rng)
            pairs.append((question(intent, rng), rng.choice(intent.say)))
        else:
            pairs.append((refusal_question(rng), rng.choice(outside.REFUSALS)))
    if rng.random() < 0.25:
        pairs.append(_small_talk(rng.choice(("thanks", "thanks", "ok", "bye")), rng))
    return conversation("follow-up", pairs, _system(rng))


def refusal(rng: random.Random) -> Dialogue:
    """A question outside the subject, refused."""
    return conversation("refusal", [(refusal_question(rng), rng.choice(outside.REFUSALS))], _system(rng))


def refusal_question(rng: random.Random) -> str:
    """Return a question outside the subject."""
    text = rng.choice(outside.ASK + outside.ASK_MORE * 2)
    fills = {"{thing}": outside.THINGS, "{place}": outside.PLACES, "{food}": outside.FOODS, "{ill}": outside.ILLS}
    for slot, words in fills.items():
        text = text.replace(slot, rng.choice(words))
    while "{num}" in text:
        text = text.replace("{num}", str(rng.randint(2, 9999)), 1)
    return as_typed(expand(text, rng), rng)


def in_json(rng: random.Random) -> Dialogue:
    """A question on which model fits, answered as JSON with the keys asked for."""
    kind = _kind(rng)
    ask = _scenario_question(kind, rng) if rng.random() < 0.65 else question(BY_NAME[kind.intent], rng)
    keys = rng.choice(formats.JSON_KEYS)
    roll = rng.random()
    if roll < 0.25:
        return conversation(
            "json",
            [(_wrap(rng.choice(formats.JSON_ASK_PLAIN), ask, rng), _json_answer(kind, ("work", "use", "why")))],
            _system(rng),
        )
    if roll < 0.4:
        follow = as_typed(expand(rng.choice(formats.JSON_FOLLOW), rng), rng)
        return conversation(
            "json", [(ask, rng.choice(kind.say)), (follow, _json_answer(kind, ("work", "use", "why")))], _system(rng)
        )
    if roll < 0.55:
        return conversation(
            "json",
            [(ask, _json_answer(kind, keys))],
            rng.choice(formats.SYSTEMS_JSON).replace("{keys}", _keys(keys, rng)),
        )
    asked = _wrap(rng.choice(formats.JSON_ASK).replace("{keys}", _keys(keys, rng)), ask, rng)
    return conversation("json", [(asked, _json_answer(kind, keys))], _system(rng))


def in_chinese(rng: random.Random) -> Dialogue:
    """A Chinese question, sometimes with follow-ups."""
    intent = pick(chinese.INTENTS, rng)
    polite = rng.choice(chinese.ZH_POLITE) if intent.topic != "chat" and rng.random() < 0.35 else ""
    if intent.subject and rng.random() < 0.15:
        asked = polite + rng.choice(chinese.ZH_ABOUT).replace("{x}", rng.choice(intent.subject))
    else:
        asked = polite + expand(rng.choice(intent.ask), rng)
    pairs = [(_zh_end(asked, rng), rng.choice(intent.say))]
    if intent.why and rng.random() < 0.2:
        pairs.append((_zh_end(rng.choice(chinese.ZH_WHY), rng), rng.choice(intent.why)))
    elif intent.brief and rng.random() < 0.15:
        pairs.append((_zh_end(rng.choice(chinese.ZH_BRIEF), rng), intent.brief))
    if rng.random() < 0.15:
        other = rng.choice([i for i in chinese.INTENTS if i.subject])
        pairs.append(
            (_zh_end(rng.choice(chinese.ZH_ABOUT[:5]).replace("{x}", rng.choice(other.subject)), rng), other.say[0])
        )
    return conversation("chinese", pairs, _system(rng) if rng.random() < 0.5 else "")


def _follow_up(intent: Intent, rng: random.Random) -> list[Pair]:
    """Return one follow-up on the intent, or nothing when it offers none."""
    offered = [(name, asks) for name, asks, share in FIELDS for _ in range(share) if getattr(intent, name)]
    if not offered:
        return []
    name, asks = rng.choice(offered)
    answer = getattr(intent, name)
    return [(as_typed(expand(rng.choice(asks), rng), rng), answer if isinstance(answer, str) else rng.choice(answer))]


def _small_talk(name: str, rng: random.Random) -> Pair:
    intent = BY_NAME[name]
    return as_typed(expand(rng.choice(intent.ask), rng), rng), rng.choice(intent.say)


def _kind(rng: random.Random) -> scenarios.Kind:
    return rng.choices(scenarios.KINDS, [6, 4, 4, 2, 2, 1])[0]


def _scenario_question(kind: scenarios.Kind, rng: random.Random) -> str:
    verbs, rest = rng.choice(kind.jobs).split(" ", 1)
    do, doing = verbs.split("/")
    text = rng.choice(scenarios.ASK).replace("{doing}", f"{doing} {rest}").replace("{do}", f"{do} {rest}")
    return as_typed(expand(text, rng), rng)


def _json_answer(kind: scenarios.Kind, keys: tuple[str, ...]) -> str:
    values = {
        key: kind.work if key in formats.KIND_KEYS else kind.use if key in formats.USE_KEYS else kind.reason
        for key in keys
    }
    return json.dumps(values)


def _keys(keys: tuple[str, ...], rng: random.Random) -> str:
    mark = rng.choice(("", "", '"', "`", "'"))
    names = [f"{mark}{key}{mark}" for key in keys]
    return ", ".join(names) if len(names) < 2 or rng.random() < 0.4 else ", ".join(names[:-1]) + f" and {names[-1]}"


def _system(rng: random.Random) -> str:
    return rng.choice(formats.SYSTEMS) if rng.random() < 0.25 else ""


def _wrap(pattern: str, ask: str, rng: random.Random | None = None) -> str:
    """Put a finished question into a pattern without expanding the question itself."""
    text = expand(pattern, rng) if rng else pattern
    if text.endswith("{q}") and ask:
        return text.replace("{q}", ask)
    ask = ask if ask[-1:] in ".?!" else ask + "."
    return text.replace("{q}", ask)


def _zh_end(text: str, rng: random.Random) -> str:
    return text if text[-1] in "?。" else text + rng.choice(("?", "?", "", "?"))
