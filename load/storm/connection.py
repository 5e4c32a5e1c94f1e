"""One connection to the server under test, and a pool of them. Cheap: it shares the cores with the server.

A request of a flood must not cost the client more than the server: bytes are made by hand and read by AnswerReader.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from load.storm.answer import Answer, AnswerReader, BrokenAnswerError

# Kept shorter than the server keeps idle connections (5 s), so that a request never meets a connection as it closes.
_MAX_IDLE_S = 2.0


@dataclass(frozen=True, slots=True)
class Target:
    """A running server: where it listens, its process (0: not ours), the name of its model, and its API key, if any.

    prefix: what its paths begin with.
    """

    host: str
    port: int
    pid: int
    model: str = "tutor"
    key: str = field(default="", repr=False)
    prefix: str = ""
    is_tls: bool = False


class Connection(asyncio.Protocol):
    """One request after another. Thread: the event loop's."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._reader = AnswerReader()
        self._waiter: asyncio.Future[None] | None = None
        self._is_answered = False
        self._is_lost = False
        self._error: BrokenAnswerError | None = None
        self.used_s = 0.0

    @classmethod
    async def open(cls, target: Target) -> Connection:
        """Raises: OSError."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, target.host, target.port, ssl=target.is_tls or None)
        return connection

    @property
    def is_open(self) -> bool:
        return not self._is_lost

    @property
    def num_answer_bytes(self) -> int:
        """Bytes that have come of the answer to the present request."""
        return self._reader.num_bytes

    async def ask(self, raw: bytes, *, has_body: bool = True) -> Answer:
        """Send a whole request and read the answer. Cancel: leave the connection, then, it can't be used again.

        Raises: BrokenAnswerError, if the connection ends before the answer does.
        """
        self.send(raw, has_body=has_body)
        return await self.answer()

    def send(self, raw: bytes, *, has_body: bool = True) -> None:
        """Send a request, or the first part of one."""
        assert self._transport is not None
        self._reader = AnswerReader(has_body=has_body)
        self._is_answered = False
        self._transport.write(raw)

    def send_more(self, raw: bytes) -> None:
        """Send another part."""
        assert self._transport is not None
        self._transport.write(raw)

    async def answer(self) -> Answer:
        """Wait for the answer to what was sent. Raises: BrokenAnswerError."""
        if not self._is_answered and not self._is_lost:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self._error is not None:
            raise self._error
        return self._reader.answer

    def close(self) -> None:
        """Close as a well-behaved client."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Leave at once; what was not sent is forgotten."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            self._is_answered = self._reader.feed(data, time.perf_counter())
        except BrokenAnswerError as error:
            self._error = error
            self.abort()
        if self._is_answered:
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_lost = True
        self._reader.end()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Pool:
    """Connections that are kept between requests. As many are opened as requests are under way."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._idle: list[Connection] = []
        self.num_opened = 0

    async def __aenter__(self) -> Pool:
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._idle:
            connection.close()

    async def ask(self, raw: bytes) -> Answer:
        """Ask on an idle connection or a new one. Raises: BrokenAnswerError, OSError."""
        connection = self._take() or await self._open()
        try:
            answer = await connection.ask(raw)
        except BaseException:
            connection.abort()
            raise
        if answer.is_last:
            connection.close()
        else:
            connection.used_s = time.monotonic()
            self._idle.append(connection)
        return answer

    async def _open(self) -> Connection:
        self.num_opened += 1
        return await Connection.open(self._target)

    def _take(self) -> Connection | None:
        freshest_s = time.monotonic() - _MAX_IDLE_S
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and connection.used_s >= freshest_s:
                return connection
            connection.close()
        return None
