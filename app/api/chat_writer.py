"""Writes chat completions down. Per token nothing is done but to escape its text."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from app.api import sse
from app.api.completion_answer import WholeChoice
from app.api.logprob_objects import chat_logprobs
from app.errors import UnblockedError
from app.service.requests import TextDelta, ToolCallDelta, Usage

_AFTER_TEXT = b'},"logprobs":null,"finish_reason":null}'


@dataclass(frozen=True, slots=True)
class AnswerHead:
    """What stands at the head of an answer and of each of its chunks."""

    completion_id: str
    model: str
    fingerprint: str
    created_s: int = field(default_factory=lambda: int(time.time()))

    def object(self, kind: str) -> dict[str, object]:
        return {
            "id": self.completion_id,
            "object": kind,
            "created": self.created_s,
            "model": self.model,
            "system_fingerprint": self.fingerprint,
        }


class ChatWriter:
    """Implements completion_answer.AnswerWriter for chat."""

    def __init__(
        self, head: AnswerHead, *, num_choices: int = 1, has_usage: bool = False, has_logprobs: bool = False
    ) -> None:
        """has_usage: whether a stream ends with the token counts."""
        self.num_choices = num_choices
        self._head = head
        self._has_usage = has_usage
        self._has_logprobs = has_logprobs
        self._start = b"data: " + orjson.dumps(head.object("chat.completion.chunk"))[:-1] + b',"choices":['
        self._end = b"]" + (b',"usage":null' if has_usage else b"") + b"}\n\n"
        self._before_text = [self._start + b'{"index":%d,"delta":{"content":' % index for index in range(num_choices)]

    def opening(self, usage: Usage | None = None) -> bytes:
        """Return a first chunk for each choice."""
        role, end = b'{"role":"assistant","content":""}', self._end_with(usage)
        return b"".join(self._chunk(index, role, end=end) for index in range(self.num_choices))

    def delta(self, delta: TextDelta, usage: Usage | None = None) -> bytes:
        """Return a chunk with a piece of text, and one with the finish reason where there is one."""
        events, end = b"", self._end if usage is None else self._end_with(usage)
        if delta.scores or delta.reasoning or delta.calls:
            logprobs = orjson.dumps(chat_logprobs(delta.scores)) if delta.scores else b"null"
            events = self._chunk(delta.index, orjson.dumps(_delta_object(delta)), logprobs=logprobs, end=end)
        elif delta.text:
            events = self._before_text[delta.index] + orjson.dumps(delta.text) + _AFTER_TEXT + end
        if delta.finish_reason is not None:
            events += self._chunk(delta.index, b"{}", finish_reason=orjson.dumps(delta.finish_reason), end=end)
        return events

    def closing(self, usage: Usage | None) -> bytes:
        """Return the chunk with the token counts, which has no choices, if it was asked for, and [DONE]."""
        if not self._has_usage or usage is None:
            return sse.DONE
        return self._start + self._end_with(usage) + sse.DONE

    def error(self, error: UnblockedError) -> bytes:
        """Return OpenAI's error object as an event."""
        return sse.error_event(error)

    def whole(self, choices: Sequence[WholeChoice], usage: Usage | None) -> bytes:
        """Return the whole answer as JSON."""
        answer = self._head.object("chat.completion")
        answer["choices"] = [self._choice(index, choice) for index, choice in enumerate(choices)]
        answer["usage"] = None if usage is None else sse.usage_object(usage)
        return orjson.dumps(answer)

    def _choice(self, index: int, choice: WholeChoice) -> dict[str, object]:
        return {
            "index": index,
            "message": _message(choice),
            "logprobs": chat_logprobs(choice.scores) if self._has_logprobs else None,
            "finish_reason": choice.finish_reason,
        }

    def _end_with(self, usage: Usage | None) -> bytes:
        if usage is None:
            return self._end
        return b'],"usage":' + orjson.dumps(sse.usage_object(usage)) + b"}\n\n"

    def _chunk(
        self, index: int, delta: bytes, *, logprobs: bytes = b"null", finish_reason: bytes = b"null", end: bytes
    ) -> bytes:
        parts = (b'{"index":%d,"delta":' % index, delta, b',"logprobs":', logprobs, b',"finish_reason":', finish_reason)
        return self._start + b"".join(parts) + b"}" + end


def _delta_object(delta: TextDelta) -> dict[str, object]:
    """What a chunk says besides plain text."""
    said: dict[str, object] = {}
    if delta.reasoning:
        said["reasoning_content"] = delta.reasoning
    if delta.text or not (delta.reasoning or delta.calls):
        said["content"] = delta.text
    if delta.calls:
        said["tool_calls"] = [_call_piece(call) for call in delta.calls]
    return said


def _call_piece(call: ToolCallDelta) -> dict[str, object]:
    if call.call_id is None:
        return {"index": call.index, "function": {"arguments": call.arguments}}
    function = {"name": call.name, "arguments": call.arguments}
    return {"index": call.index, "id": call.call_id, "type": "function", "function": function}


def _message(choice: WholeChoice) -> dict[str, object]:
    has_text = not choice.calls or choice.text.strip()
    message: dict[str, object] = {"role": "assistant", "content": choice.text if has_text else None, "refusal": None}
    if choice.reasoning:
        message["reasoning_content"] = choice.reasoning
    if choice.calls:
        message["tool_calls"] = [
            {"id": call.call_id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in choice.calls
        ]
    return message
