"""How a model writes tool calls into its text: found in its chat template, and forced or kept valid by a grammar.

Three forms cover nearly all open models: Hermes' (Qwen and many others), Mistral's, and Llama 3's bare JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llguidance import StructTag

from app.errors import InvalidRequestError
from app.service.grammar import JSON_OPTIONS
from app.service.requests import Grammar

MAX_CALLS = 16  # in one forced answer


@dataclass(frozen=True, slots=True)
class ToolFormat:
    """begin stands before a call, end behind it, separator between two; begin may be empty: then the answer is a call.

    is_list: all calls stand in one JSON list behind one begin.
    """

    name: str
    begin: str
    end: str
    arguments_key: str = "arguments"
    separator: str = ""
    is_list: bool = False


HERMES = ToolFormat("hermes", "<tool_call>\n", "\n</tool_call>", separator="\n")
MISTRAL = ToolFormat("mistral", "[TOOL_CALLS]", "", is_list=True)
LLAMA3 = ToolFormat("llama3", "", "", arguments_key="parameters", separator=";")


def find_tool_format(template: str) -> ToolFormat | None:
    """Return the form that a chat template teaches its model, None if it teaches none."""
    if "<tool_call>" in template:
        return HERMES
    if "[TOOL_CALLS]" in template:
        return MISTRAL
    if "tools" in template and '"parameters":' in template.replace("'", '"').replace('\\"', '"'):
        return LLAMA3
    return None


def tool_grammar(
    tools: Sequence[Mapping[str, Any]], form: ToolFormat, *, is_required: bool, is_parallel: bool
) -> Grammar | None:
    """Return the grammar of an answer with these tools: text with valid calls in it or, required, calls alone.

    None where nothing can be forced: free text of a model whose calls nothing announces. Optional where calls may come
    and no tool is strict.
    """
    call = _call_schema(tools, form)
    if is_required:
        return Grammar("lark", _calls_alone(call, form, max_calls=MAX_CALLS if is_parallel else 1), "tools")
    if not form.begin:
        return None
    begin = form.begin + ("[" if form.is_list else "")
    tag = StructTag(trigger=form.begin.strip(), begin=begin, grammar=call, end="]" if form.is_list else form.end)
    is_strict = any(tool["function"].get("strict") for tool in tools)
    return Grammar("lark", StructTag.to_grammar([tag], assume_special=False), "tools", is_optional=not is_strict)


def only(tools: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    """Return the tool of that name. Raises: InvalidRequestError, if there is none."""
    chosen = [tool for tool in tools if tool["function"]["name"] == name]
    if not chosen:
        raise InvalidRequestError("tool_choice names a tool that is not among the tools", param="tool_choice")
    return chosen


def _calls_alone(call: Mapping[str, Any], form: ToolFormat, *, max_calls: int) -> str:
    separator = ", " if form.is_list else form.separator
    more = f" ({json.dumps(separator)} one){{0,{max_calls - 1}}}" if max_calls > 1 else ""
    if form.is_list:
        around = f'start: {json.dumps(form.begin + "[")} one{more} "]"\none: body\n'
    else:
        parts = (json.dumps(form.begin) if form.begin else "", "body", json.dumps(form.end) if form.end else "")
        around = f"start: one{more}\none: {' '.join(filter(None, parts))}\n"
    return f"{around}body: %json {json.dumps(call)}"


def _call_schema(tools: Sequence[Mapping[str, Any]], form: ToolFormat) -> dict[str, Any]:
    calls = [
        {
            "type": "object",
            "properties": {
                "name": {"const": tool["function"]["name"]},
                form.arguments_key: tool["function"].get("parameters") or {"type": "object"},
            },
            "required": ["name", form.arguments_key],
            "additionalProperties": False,
        }
        for tool in tools
    ]
    return {"anyOf": calls, "x-guidance": dict(JSON_OPTIONS)}
