"""Writes responses down: OpenAI's typed events in their order, or one object."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import orjson

from app.api.completion_answer import WholeChoice
from app.api.error_table import error_object
from app.api.response_items import CallItem, Event, OutputItem, Status, TextItem
from app.api.response_schemas import ResponseRequest
from app.errors import UnblockedError
from app.service.requests import ScoredToken, TextDelta, ToolCallDelta, Usage


class ResponseWriter:
    """Implements completion_answer.AnswerWriter for responses. key: what the ids of the response and its items share.

    One item is open at a time. Blank text is no item unless there is nothing else. A whole answer is written as a
    stream that nobody gets, so that both say the same.
    """

    num_choices = 1

    def __init__(self, body: ResponseRequest, *, key: str) -> None:
        self._key = key
        self._head = _head(body, f"resp_{key}")
        self._items: list[dict[str, Any]] = []  # those that are closed
        self._open: OutputItem | None = None
        self._kind: Literal["thought", "text", "call", "none"] = "none"  # of the open one
        self._blank = ""  # held back until something comes after it
        self._blank_scores: tuple[ScoredToken, ...] = ()
        self._status: Status = "completed"
        self._num_events = 0

    def opening(self, usage: Usage | None = None) -> bytes:
        """Return that there is a response, and that it is being made."""
        fields = {"response": self._response("in_progress", None)}
        return self._write("response.created", fields) + self._write("response.in_progress", fields)

    def delta(self, delta: TextDelta, usage: Usage | None = None) -> bytes:
        """Return the events of a piece of thoughts, of text, of calls; at the end those that close the last item."""
        return b"".join(self._write(kind, {"output_index": len(self._items), **f}) for kind, f in self._events(delta))

    def closing(self, usage: Usage | None) -> bytes:
        """Return the event with the whole response, which is a stream's last."""
        return self._write(f"response.{self._status}", {"response": self._response(self._status, usage)})

    def error(self, error: UnblockedError) -> bytes:
        """Return the event that says why nothing more comes."""
        said = error_object(error)["error"]
        return self._write("error", {name: said[name] for name in ("code", "message", "param")})

    def whole(self, choices: Sequence[WholeChoice], usage: Usage | None) -> bytes:
        """Return the whole response as JSON."""
        (choice,) = choices
        calls = tuple(ToolCallDelta(i, call.call_id, call.name, call.arguments) for i, call in enumerate(choice.calls))
        finish_reason: Literal["stop", "length"] = "length" if choice.finish_reason == "length" else "stop"
        scores = tuple(choice.text_scores)
        self.delta(TextDelta(choice.text, finish_reason, scores=scores, reasoning=choice.reasoning, calls=calls))
        return orjson.dumps(self._response(self._status, usage))

    def _events(self, delta: TextDelta) -> Iterator[Event]:
        if delta.reasoning:
            yield from self._grow("thought", delta.reasoning)
        if delta.text or delta.text_scores:
            yield from self._grow("text", delta.text, delta.text_scores)
        for call in delta.calls:
            if call.call_id is not None:
                item = CallItem(self._item_key(), call_id=call.call_id, name=call.name or "")
                yield from self._begin("call", item)
            if call.arguments and self._open is not None:
                yield self._open.grown(call.arguments)
        if delta.finish_reason is not None:
            self._status = "incomplete" if delta.finish_reason == "length" else "completed"
            if self._open is None:  # every response has something to show
                yield from self._begin("text", TextItem(self._item_key()))
                yield from self._grow("text", self._blank, self._blank_scores)
            yield from self._end(self._status)

    def _grow(
        self, kind: Literal["thought", "text"], piece: str, scores: tuple[ScoredToken, ...] = ()
    ) -> Iterator[Event]:
        if self._kind != kind:
            self._blank += piece
            self._blank_scores += scores
            if not self._blank.strip():
                return
            piece, self._blank = self._blank, ""
            scores, self._blank_scores = self._blank_scores, ()
            yield from self._begin(kind, TextItem(self._item_key(), is_thought=kind == "thought"))
        if self._open is not None:
            yield self._open.grown(piece, scores)

    def _begin(self, kind: Literal["thought", "text", "call"], item: OutputItem) -> Iterator[Event]:
        yield from self._end("completed")
        self._open, self._kind = item, kind
        yield from item.opened()

    def _end(self, status: Status) -> Iterator[Event]:
        if self._open is not None:
            yield from self._open.closed(status)
            self._items.append(self._open.object(status))
            self._open, self._kind = None, "none"

    def _item_key(self) -> str:
        return f"{self._key}{len(self._items) + (self._open is not None)}"

    def _response(self, status: Status, usage: Usage | None) -> dict[str, Any]:
        return {
            **self._head,
            "status": status,
            "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
            "output": self._items,
            "usage": usage and _usage_object(usage),
        }

    def _write(self, kind: str, fields: dict[str, Any]) -> bytes:
        data = orjson.dumps({"type": kind, "sequence_number": self._num_events, **fields})
        self._num_events += 1
        return b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n"


def _head(body: ResponseRequest, response_id: str) -> dict[str, Any]:
    """What a response repeats of its request. Tools are written once for all events: they may be megabytes."""
    tools = [tool.model_dump() for tool in body.tools or ()]
    choice = body.tool_choice
    return {
        "id": response_id,
        "object": "response",
        "created_at": int(time.time()),
        "model": body.model,
        "error": None,
        "background": False,
        "instructions": body.instructions,
        "max_output_tokens": body.max_output_tokens,
        "metadata": body.metadata or {},
        "top_logprobs": body.top_logprobs or 0,
        "parallel_tool_calls": body.parallel_tool_calls is not False,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": False,
        "temperature": body.temperature,
        "text": {"format": body.format.model_dump(by_alias=True, exclude_none=True)},
        "tool_choice": "auto" if choice is None else choice if isinstance(choice, str) else choice.model_dump(),
        "tools": orjson.Fragment(orjson.dumps(tools)),
        "top_p": body.top_p,
        "truncation": "disabled",
    }


def _usage_object(usage: Usage) -> dict[str, Any]:
    """Token counts in this API's words. Thoughts are not counted apart."""
    return {
        "input_tokens": usage.num_prompt_tokens,
        "input_tokens_details": {"cached_tokens": usage.num_cached_tokens, "cache_write_tokens": 0},
        "output_tokens": usage.num_completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.num_prompt_tokens + usage.num_completion_tokens,
    }
