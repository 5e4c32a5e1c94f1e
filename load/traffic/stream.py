"""A streamed answer, read when it is whole: at which moments text came, and how many tokens the server counted."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import orjson

from load.storm.answer import Answer

_EVENT = re.compile(rb"data: ?(\{[^\r\n]*)\r?\n")


@dataclass(frozen=True, slots=True)
class Stream:
    """moments: of pieces of text, in seconds of the client's clock. num_tokens: by the server, else of pieces."""

    moments: tuple[float, ...]
    num_tokens: int
    num_prompt_tokens: int


def read_stream(answer: Answer) -> Stream:
    """Events of other kinds (role, end, usage, comments) are no text. Raises: ValueError, if an event is no JSON."""
    moments: list[float] = []
    usage: dict[str, Any] = {}
    for event in _EVENT.finditer(answer.body):
        piece = orjson.loads(event[1])
        usage = piece.get("usage") or usage
        if any(_has_text(choice) for choice in piece.get("choices") or ()):
            moments.append(answer.moments[bisect_left(answer.offsets, event.end())])
    return Stream(tuple(moments), usage.get("completion_tokens", len(moments)), usage.get("prompt_tokens", 0))


def _has_text(choice: dict[str, Any]) -> bool:
    """Reasoning models send their thoughts under another name, or another; they are tokens all the same."""
    delta = choice.get("delta") or {}
    return any(delta.get(name) for name in ("content", "reasoning_content", "reasoning"))
