"""The bytes of a streamed chat completion. Per token nothing is done but to escape its text."""

from __future__ import annotations

import orjson

from app.api.error_table import error_bytes
from app.errors import UnblockedError
from app.service.requests import Usage

DONE = b"data: [DONE]\n\n"
PING = b": ping\n\n"
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def usage_object(usage: Usage) -> dict[str, object]:
    """Return token counts as OpenAI writes them."""
    return {
        "prompt_tokens": usage.num_prompt_tokens,
        "completion_tokens": usage.num_completion_tokens,
        "total_tokens": usage.num_prompt_tokens + usage.num_completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.num_cached_tokens},
    }


def error_event(error: UnblockedError) -> bytes:
    """Return the event for an error after the first byte. No [DONE] follows it."""
    return b"data: " + error_bytes(error) + b"\n\n"


class ChunkWriter:
    """Writes the chunks of one completion; all that does not change between them is made once."""

    def __init__(self, *, completion_id: str, created_s: int, model: str, has_usage: bool) -> None:
        head = {"id": completion_id, "object": "chat.completion.chunk", "created": created_s, "model": model}
        self._head = b"data: " + orjson.dumps(head)[:-1] + b',"system_fingerprint":null'
        self._tail = (b',"usage":null' if has_usage else b"") + b"}\n\n"
        self._before_text = self._head + b',"choices":[{"index":0,"delta":{"content":'
        self._after_text = b'},"logprobs":null,"finish_reason":null}]' + self._tail

    def role(self) -> bytes:
        """Return the first chunk."""
        delta = (
            b',"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]'
        )
        return self._head + delta + self._tail

    def text(self, text: str) -> bytes:
        """Return a chunk with a piece of the answer."""
        return self._before_text + orjson.dumps(text) + self._after_text

    def finish(self, reason: str) -> bytes:
        """Return the chunk that says why the answer ended."""
        choice = b',"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":' + orjson.dumps(reason) + b"}]"
        return self._head + choice + self._tail

    def usage(self, usage: Usage) -> bytes:
        """Return the chunk with the token counts, which has no choices."""
        return self._head + b',"choices":[],"usage":' + orjson.dumps(usage_object(usage)) + b"}\n\n"
