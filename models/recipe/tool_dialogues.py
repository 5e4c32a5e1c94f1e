"""Conversations with tools: called when one fits, with the user's words as arguments; otherwise left alone."""

import json
import random
from typing import Any

from models.recipe.compose import refusal_question
from models.recipe.dialogue import Dialogue, ToolCall, Turn
from models.recipe.grammar import expand
from models.recipe.intents import TEACHING, pick, question, usual
from models.recipe.invented_tools import any_tool, result_text
from models.recipe.noise import as_typed
from models.recipe.tool_values import LEVELS, value
from models.recipe.topics import formats, outside, persona
from models.recipe.topics.tools import TOOLS, VERBS, Tool
from models.recipe.words import invented

TYPES = {"int": "integer", "bool": "boolean"}
LOOK = ("? Please look it up", ", look it up please", ", please check", ". Check it for me", "? Use the tool", "? Look")
DESCRIBED = ("The {x}", "the {x}", "{x}", "the {x} to use", "{x} of it", "Which {x}", "the {x} asked for")


def spec(tool: Tool, name: str, rng: random.Random) -> dict[str, Any]:
    """Return the tool as a function object in OpenAI's form."""
    properties: dict[str, Any] = {}
    for key, kind in tool.parameters.items():
        properties[key] = {"type": TYPES.get(kind, "string")}
        if kind == "level" and rng.random() < 0.5:
            properties[key]["enum"] = list(LEVELS)
        if rng.random() < 0.3:
            properties[key]["description"] = rng.choice(DESCRIBED).replace("{x}", key.replace("_", " "))
    parameters: dict[str, Any] = {"type": "object", "properties": properties}
    if rng.random() < 0.75:
        parameters["required"] = list(properties)
    description = tool.description + rng.choice(("", "."))
    return {"name": name, "description": description, "parameters": parameters}


def varied(name: str, rng: random.Random) -> str:
    """Return the name as another author may have written it, so that it is copied and not remembered."""
    roll = rng.random()
    if roll < 0.45:
        return name
    if roll < 0.6:
        return rng.choice(VERBS) + "_" + name.removeprefix("get_")
    if roll < 0.7:
        first, *rest = name.split("_")
        return first + "".join(part.capitalize() for part in rest)
    if roll < 0.85:
        return f"{name}_{rng.choice(('v2', 'now', 'tool', 'api', 'info', 'data', 'for_user', 'fast', '2', 'new', 'x'))}"
    return f"{invented(rng).lower()}_{name}"


def with_tools(rng: random.Random) -> Dialogue:
    """One to four tools are offered; the user asks for one of them, or for something that needs none."""
    chosen: dict[str, Tool] = {}
    while len(chosen) < rng.choice((1, 2, 2, 3, 4)):
        tool = any_tool(rng) if rng.random() < 0.55 else rng.choice(TOOLS)
        if all(tool.description != other.description for other in chosen.values()):
            name = rng.choice(tool.names)
            chosen[varied(name, rng) if tool.tell else name] = tool
    tools = tuple(spec(tool, name, rng) for name, tool in chosen.items())
    system = rng.choice(formats.SYSTEMS) if rng.random() < 0.2 else ""
    turns: list[Turn] = []
    for _ in range(rng.choice((1, 1, 1, 2))):
        roll = rng.random()
        if roll < 0.05:
            turns += [Turn("user", refusal_question(rng)), Turn("assistant", usual(outside.REFUSALS, rng))]
        elif roll < 0.3:
            intent = pick(TEACHING if rng.random() < 0.8 else persona.INTENTS, rng)
            turns += [Turn("user", question(intent, rng)), Turn("assistant", usual(intent.say, rng))]
        else:
            name = rng.choice(list(chosen))
            turns += called(name, chosen[name], rng)
    return Dialogue("tools", tuple(turns), tools, system)


def called(name: str, tool: Tool, rng: random.Random) -> list[Turn]:
    """Return the turns of one call: question, call, result, told result."""
    arguments = {key: value(kind, rng) for key, kind in tool.parameters.items()}
    text = expand(rng.choice(tool.ask).replace("{tool}", name), rng)
    quoted = {key for key, kind in tool.parameters.items() if kind == "words" and not _stands_bare(key, text, rng)}
    shown = {key: _quoted(item, rng) if key in quoted else item for key, item in arguments.items()}
    text = (
        text[:1].upper()
        + text[1:]
        + rng.choice(("", "", "?" if not text.lower().startswith(("please", "use", "call")) else ".", "."))
    )
    if rng.random() < 0.12:
        text = text.rstrip("?.") + rng.choice(LOOK)
    text = as_typed(text, rng) if not arguments else _fill(text, shown)
    if rng.random() < 0.1:
        text = rng.choice(("Hi, ", "Hello! ", "Please: ", "Now ", "OK, ")) + text[:1].lower() + text[1:]
    result = {key: value(kind, rng) for key, kind in tool.result.items()}
    if tool.result == {"result": "int"} and "a" in arguments:
        result["result"] = (
            arguments["a"] + arguments["b"] if "add" in name or "sum" in name else arguments["a"] * arguments["b"]
        )
    given, told = (result, _fill(tool.tell[0], arguments | result)) if tool.tell else result_text(result, rng)
    return [
        Turn("user", text),
        Turn("assistant", "", ToolCall(name, arguments)),
        Turn("tool", given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)),
        Turn("assistant", told),
    ]


def _stands_bare(key: str, text: str, rng: random.Random) -> bool:
    """Return whether a text goes without quotation marks, as it may after a colon at the end."""
    return text.endswith(f": {{{key}}}") and rng.random() < 0.5


def _quoted(text: str, rng: random.Random) -> str:
    mark = rng.choice(("'", "'", "'", '"', '"', "`"))
    return f"{mark}{text}{mark}"


def _fill(text: str, values: dict[str, Any]) -> str:
    for key, item in values.items():
        text = text.replace(f"{{{key}}}", str(item).lower() if isinstance(item, bool) else str(item))
    return text
