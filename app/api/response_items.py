"""The items that a response consists of: thoughts, text and calls, each as it grows, with the events that tell of it.

An event is its type and its fields; numbering events and writing them down is the writer's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Protocol

from app.api.logprob_objects import logprob_entries
from app.service.requests import ScoredToken

Event = tuple[str, dict[str, Any]]
Status = Literal["in_progress", "completed", "incomplete"]


class OutputItem(Protocol):
    """One item. Nothing is joined before it ends, so that a long answer costs no more a token than a short one."""

    def opened(self) -> Iterator[Event]:
        """Yield the events before any of it."""

    def grown(self, piece: str, scores: Sequence[ScoredToken] = ()) -> Event:
        """Add a piece and return its event."""

    def closed(self, status: Status) -> Iterator[Event]:
        """Yield the events after all of it."""

    def object(self, status: Status) -> dict[str, Any]:
        """Return the item as it is now."""


class TextItem:
    """The answer's text, or what the model thought."""

    def __init__(self, key: str, *, is_thought: bool = False) -> None:
        self._is_thought = is_thought
        self._id = f"{'rs' if is_thought else 'msg'}_{key}"
        self._event = "response.reasoning_text" if is_thought else "response.output_text"
        self._place = {"item_id": self._id, "content_index": 0}
        self._logprobs: list[dict[str, Any]] = []
        self._pieces: list[str] = []

    def opened(self) -> Iterator[Event]:
        """Yield that there is an item, and in it an empty part."""
        yield "response.output_item.added", {"item": {**self.object("in_progress"), "content": []}}
        yield "response.content_part.added", {**self._place, "part": self._part()}

    def grown(self, piece: str, scores: Sequence[ScoredToken] = ()) -> Event:
        """Add a piece and return its event. scores: of its tokens."""
        self._pieces.append(piece)
        logprobs = logprob_entries(scores)
        self._logprobs += logprobs
        return f"{self._event}.delta", {**self._place, "delta": piece, **self._extra(logprobs)}

    def closed(self, status: Status) -> Iterator[Event]:
        """Yield the whole text, the part and the item."""
        part = self._part()
        yield f"{self._event}.done", {**self._place, "text": part["text"], **self._extra(self._logprobs)}
        yield "response.content_part.done", {**self._place, "part": part}
        yield "response.output_item.done", {"item": self.object(status)}

    def object(self, status: Status) -> dict[str, Any]:
        """Return a message or a reasoning item."""
        head: dict[str, Any] = {"id": self._id, "type": "reasoning", "summary": []}
        if not self._is_thought:
            head = {"id": self._id, "type": "message", "role": "assistant"}
        return {**head, "status": status, "content": [self._part()]}

    def _part(self) -> dict[str, Any]:
        text = "".join(self._pieces)
        if self._is_thought:
            return {"type": "reasoning_text", "text": text}
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": self._logprobs}

    def _extra(self, logprobs: list[dict[str, Any]]) -> dict[str, Any]:
        return {} if self._is_thought else {"logprobs": logprobs}


class CallItem:
    """A call of a function. arguments are JSON text."""

    def __init__(self, key: str, *, call_id: str, name: str) -> None:
        self._id = f"fc_{key}"
        self._call = {"type": "function_call", "id": self._id, "call_id": call_id, "name": name}
        self._pieces: list[str] = []

    def opened(self) -> Iterator[Event]:
        """Yield that there is a call."""
        yield "response.output_item.added", {"item": self.object("in_progress")}

    def grown(self, piece: str, scores: Sequence[ScoredToken] = ()) -> Event:
        """Add a piece of the arguments and return its event. scores: not told of calls."""
        self._pieces.append(piece)
        return "response.function_call_arguments.delta", {"item_id": self._id, "delta": piece}

    def closed(self, status: Status) -> Iterator[Event]:
        """Yield the whole arguments, and the item."""
        item = self.object(status)
        arguments = {"item_id": self._id, "name": item["name"], "arguments": item["arguments"]}
        yield "response.function_call_arguments.done", arguments
        yield "response.output_item.done", {"item": item}

    def object(self, status: Status) -> dict[str, Any]:
        """Return the call."""
        return {**self._call, "arguments": "".join(self._pieces), "status": status}
