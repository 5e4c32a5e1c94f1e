"""Makes the answer of a completion, streamed or whole, and stops the work when the client leaves.

The work is opened, followed and aborted inside one block, so that no way out (an error, a cancel, a disconnect, even
one while the prompt is still being tokenized) leaves a sequence running for nobody. How an answer is written down is
its writer's business.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.api import sse
from app.api.disconnect import CancelOnDisconnect
from app.api.request_log import RequestLog, request_log_of
from app.api.service_protocol import ChatLike, TextStreamLike
from app.errors import EngineError, UnblockedError
from app.service.requests import ChatRequest, ScoredToken, TextDelta, Usage

log = logging.getLogger(__name__)


@dataclass(slots=True)
class ToolCall:
    """A tool call, put together. arguments is JSON text."""

    call_id: str
    name: str
    arguments: str = ""


@dataclass(slots=True)
class WholeChoice:
    """One of a request's answers, put together."""

    texts: list[str] = field(default_factory=list)
    scores: list[ScoredToken] = field(default_factory=list)
    prompt_scores: list[ScoredToken] = field(default_factory=list)
    text_scores: list[ScoredToken] = field(default_factory=list)
    finish_reason: str = ""
    reasoning: str = ""
    calls: list[ToolCall] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def take(self, delta: TextDelta) -> None:
        """Add a piece."""
        self.texts.append(delta.text)
        self.scores += delta.scores
        self.prompt_scores += delta.prompt_scores
        self.text_scores += delta.text_scores
        self.finish_reason = delta.finish_reason or ""
        self.reasoning += delta.reasoning
        for call in delta.calls:
            if call.call_id is not None:
                self.calls.append(ToolCall(call.call_id, call.name or ""))
            self.calls[call.index].arguments += call.arguments


class AnswerWriter(Protocol):
    """Writes an answer down: events of a stream as bytes, or one JSON body."""

    @property
    def num_choices(self) -> int:
        """How many answers there will be."""

    def opening(self, usage: Usage | None = None) -> bytes:
        """Return the events before any text; may be empty. usage: the counts so far, to be told in each event."""

    def delta(self, delta: TextDelta, usage: Usage | None = None) -> bytes:
        """Return the events of one piece of text, with its finish reason if it has one. usage: as in `opening`."""

    def closing(self, usage: Usage | None) -> bytes:
        """Return the events after all text, the one that ends the stream among them."""

    def error(self, error: UnblockedError) -> bytes:
        """Return the event for an error after the first byte. Nothing follows it."""

    def whole(self, choices: Sequence[WholeChoice], usage: Usage | None) -> bytes:
        """Return the whole answer as JSON."""


class CompletionAnswer(Response):
    """The answer to one request, as an ASGI application of its own.

    Raises, before the first byte: what `ChatLike.open` raises; of a whole answer also what its stream raises.
    ClientDisconnect, when the client left; the work is then aborted.
    """

    def __init__(
        self,
        chat: ChatLike,
        request: ChatRequest,
        *,
        writer: AnswerWriter,
        is_stream: bool = False,
        has_running_usage: bool = False,
        ping_interval_s: float = 15.0,
    ) -> None:
        """has_running_usage: whether each event of a stream tells the token counts so far."""
        super().__init__()
        self._chat = chat
        self._request = request
        self._writer = writer
        self._is_stream = is_stream
        self._has_running_usage = has_running_usage
        self._ping_interval_s = ping_interval_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open the work, send its answer, abort what is left."""
        notes = request_log_of(scope)
        async with CancelOnDisconnect(receive) as client:
            stream = await self._chat.open(self._request)
            notes.timings_s |= self._request.stages.durations_s()
            try:
                if self._is_stream:
                    last = await self._stream(stream, send, notes=notes)
                else:
                    last = await self._gather(stream, notes=notes)
                # From here on nothing is left to cancel; and a server may report the end of the answer as a disconnect.
                client.stop_watching()
                if not self._is_stream:
                    notes.timings_s |= self._request.stages.durations_s()
                    await _start(send, {"Content-Type": "application/json", "Content-Length": str(len(last))})
                await send({"type": "http.response.body", "body": last, "more_body": False})
            finally:
                stream.abort()

    async def _stream(self, stream: TextStreamLike, send: Send, *, notes: RequestLog) -> bytes:
        """Send all events but the last and return the last."""
        await _start(send, {"Content-Type": "text/event-stream; charset=utf-8", **sse.HEADERS})
        opening = self._writer.opening(self._running_usage(stream))
        await send({"type": "http.response.body", "body": opening, "more_body": True})
        num_left = self._writer.num_choices
        try:
            async with _pings(send, interval_s=self._ping_interval_s):
                async for delta in stream:
                    event = self._writer.delta(delta, self._running_usage(stream))
                    num_left -= delta.finish_reason is not None
                    if not num_left:
                        _note(notes, delta)
                        return event + self._writer.closing(delta.usage)
                    await send({"type": "http.response.body", "body": event, "more_body": True})
            raise EngineError("the answer broke off")
        except UnblockedError as error:
            notes.outcome = type(error).__name__
            return self._writer.error(error)
        except Exception:
            log.exception("an answer broke off")
            notes.outcome = "internal error"
            return self._writer.error(UnblockedError("internal error; the answer broke off"))

    def _running_usage(self, stream: TextStreamLike) -> Usage | None:
        return stream.usage if self._has_running_usage else None

    async def _gather(self, stream: TextStreamLike, *, notes: RequestLog) -> bytes:
        """Return the whole answer as JSON. Raises: what the stream raises."""
        choices = [WholeChoice() for _ in range(self._writer.num_choices)]
        num_left = len(choices)
        async for delta in stream:
            choices[delta.index].take(delta)
            num_left -= delta.finish_reason is not None
            if not num_left:
                _note(notes, delta)
                return self._writer.whole(choices, delta.usage)
        raise EngineError("the answer broke off")


def _note(notes: RequestLog, last: TextDelta) -> None:
    notes.usage, notes.outcome = last.usage, last.finish_reason or ""


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
