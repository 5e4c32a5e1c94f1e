"""Makes the answer of a chat completion, streamed or whole, and stops the work when the client leaves.

The work is opened, followed and aborted inside one block, so that no way out (an error, a cancel, a disconnect, even
one while the prompt is still being tokenized) leaves a sequence running for nobody.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.api import sse
from app.api.disconnect import CancelOnDisconnect
from app.api.request_log import RequestLog, request_log_of
from app.api.server_timing import timings_of
from app.api.service_protocol import ChatLike, TextStreamLike
from app.errors import EngineError, UnblockedError
from app.service.requests import ChatRequest, TextDelta, Usage

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """How an answer is to be written."""

    model: str
    is_stream: bool = False
    has_usage: bool = False
    ping_interval_s: float = 15.0
    created_s: int = field(default_factory=lambda: int(time.time()))


class ChatAnswer(Response):
    """The answer to one chat request, as an ASGI application of its own.

    Raises, before the first byte: what `ChatLike.open` raises; of a whole answer also what its stream raises.
    ClientDisconnect, when the client left; the work is then aborted.
    """

    def __init__(self, chat: ChatLike, request: ChatRequest, *, form: AnswerForm) -> None:
        super().__init__()
        self._chat = chat
        self._request = request
        self._form = form

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open the work, send its answer, abort what is left."""
        notes = request_log_of(scope)
        async with CancelOnDisconnect(receive) as client:
            stream = await self._chat.open(self._request)
            try:
                notes.timings_s |= timings_of(stream.timings)
                if self._form.is_stream:
                    last = await self._stream(stream, send, notes=notes)
                else:
                    last = await self._gather(stream, notes=notes)
                # From here on nothing is left to cancel; and a server may report the end of the answer as a disconnect.
                client.stop_watching()
                if not self._form.is_stream:
                    notes.timings_s |= timings_of(stream.timings)
                    await _start(send, {"Content-Type": "application/json", "Content-Length": str(len(last))})
                await send({"type": "http.response.body", "body": last, "more_body": False})
            finally:
                stream.abort()

    async def _stream(self, stream: TextStreamLike, send: Send, *, notes: RequestLog) -> bytes:
        """Send all events but the last and return the last."""
        writer = sse.ChunkWriter(
            completion_id=self._request.request_id,
            created_s=self._form.created_s,
            model=self._form.model,
            has_usage=self._form.has_usage,
        )
        await _start(send, {"Content-Type": "text/event-stream; charset=utf-8", **sse.HEADERS})
        await send({"type": "http.response.body", "body": writer.role(), "more_body": True})
        try:
            async with _pings(send, interval_s=self._form.ping_interval_s):
                async for delta in stream:
                    if delta.finish_reason is not None:
                        return self._end(writer, delta, notes=notes)
                    if delta.text:
                        await send({"type": "http.response.body", "body": writer.text(delta.text), "more_body": True})
            raise EngineError("the answer broke off")
        except UnblockedError as error:
            notes.outcome = type(error).__name__
            return sse.error_event(error)
        except Exception:
            log.exception("an answer broke off")
            notes.outcome = "internal error"
            return sse.error_event(UnblockedError("internal error; the answer broke off"))

    def _end(self, writer: sse.ChunkWriter, delta: TextDelta, *, notes: RequestLog) -> bytes:
        notes.usage, notes.outcome = delta.usage, delta.finish_reason or ""
        events = writer.text(delta.text) if delta.text else b""
        events += writer.finish(delta.finish_reason or "stop")
        if self._form.has_usage and delta.usage is not None:
            events += writer.usage(delta.usage)
        return events + sse.DONE

    async def _gather(self, stream: TextStreamLike, *, notes: RequestLog) -> bytes:
        """Return the whole answer as JSON. Raises: what the stream raises."""
        texts: list[str] = []
        async for delta in stream:
            texts.append(delta.text)
            if delta.finish_reason is not None:
                notes.usage, notes.outcome = delta.usage, delta.finish_reason
                return self._whole("".join(texts), finish_reason=delta.finish_reason, usage=delta.usage)
        raise EngineError("the answer broke off")

    def _whole(self, text: str, *, finish_reason: str, usage: Usage | None) -> bytes:
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}
        answer = {
            "id": self._request.request_id,
            "object": "chat.completion",
            "created": self._form.created_s,
            "model": self._form.model,
            "system_fingerprint": None,
            "choices": [choice],
            "usage": None if usage is None else sse.usage_object(usage),
        }
        return orjson.dumps(answer)


async def _start(send: Send, headers: dict[str, str]) -> None:
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": raw})


@asynccontextmanager
async def _pings(send: Send, *, interval_s: float) -> AsyncIterator[None]:
    """Send a comment every `interval_s` seconds, so that proxies keep a connection on which nothing else moves."""

    async def ping() -> None:
        while True:
            await asyncio.sleep(interval_s)
            await send({"type": "http.response.body", "body": sse.PING, "more_body": True})

    task = asyncio.create_task(ping(), name="sse-ping")
    try:
        yield
    finally:
        task.cancel()
