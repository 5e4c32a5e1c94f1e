"""A client for streamed chat answers that costs little: it shares the cores with the server that it measures.

HTTP/1.1 over plain asyncio streams; one connection, one request after another. On uvloop a piece of an answer took 70
to 90 us of CPU time, with httpx on asyncio 200 to 250.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import orjson

from load.bench.timing import RequestTrace

_LIMIT_BYTES = 1 << 20


class UnexpectedAnswerError(Exception):
    """The server answered something else than the stream that was asked for."""


class StreamClient:
    """One connection to a server, and a new one where the server ends it after an answer, as llama.cpp's does.

    Thread: the event loop's; one request at a time.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    @classmethod
    async def connect(cls, host: str, port: int) -> StreamClient:
        """Raises: OSError."""
        client = cls(host, port)
        await client._connect()
        return client

    async def chat(self, body: dict[str, Any]) -> tuple[RequestTrace, dict[str, Any]]:
        """Ask for a streamed answer and read it to its end; returns its trace and the usage that the server counted.

        `body` must ask for the usage. Moments are those at which a piece of text had arrived.
        Raises: UnexpectedAnswerError; OSError or asyncio.IncompleteReadError, if the connection broke.
        """
        payload = orjson.dumps({**body, "stream": True, "stream_options": {"include_usage": True}})
        asked = time.perf_counter()
        self._writer.write(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(payload), payload)
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 ") or b"text/event-stream" not in head:
            raise UnexpectedAnswerError(head.decode(errors="replace"))
        answer = await self._read_stream(asked)
        if b"\r\nconnection: close\r\n" in head.lower():
            await self.close()
            await self._connect()
        return answer

    async def _connect(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port, limit=_LIMIT_BYTES)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def _read_stream(self, asked: float) -> tuple[RequestTrace, dict[str, Any]]:
        moments: list[float] = []
        usage: dict[str, Any] | None = None
        is_done = False
        rest = b""
        while chunk := await self._read_chunk():
            now = time.perf_counter()
            *events, rest = (rest + chunk).split(b"\n\n")
            for data in (event[6:] for event in events if event.startswith(b"data: ")):
                if data == b"[DONE]":
                    is_done = True
                    continue
                piece = orjson.loads(data)
                if "error" in piece:
                    raise UnexpectedAnswerError(data.decode(errors="replace"))
                usage = piece.get("usage") or usage
                if any(choice["delta"].get("content") for choice in piece["choices"]):
                    moments.append(now)
        if not is_done or usage is None or not moments:
            raise UnexpectedAnswerError(f"a stream ended without its end: {len(moments)} pieces, usage {usage}")
        return RequestTrace(asked, tuple(moments), usage["completion_tokens"]), usage

    async def _read_chunk(self) -> bytes:
        """The next chunk of the body, empty at its end."""
        size = int((await self._reader.readline()).partition(b";")[0], 16)
        return (await self._reader.readexactly(size + 2))[:size]
