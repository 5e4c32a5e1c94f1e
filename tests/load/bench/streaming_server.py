"""A server that answers chat requests with whatever bytes a test gives it, and counts its connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
DONE = b"data: [DONE]\n\n"
Answer = Callable[[dict[str, Any]], list[bytes]]


def event(**fields: Any) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def text(content: str) -> bytes:
    return event(choices=[{"index": 0, "delta": {"content": content}, "finish_reason": None}])


def usage(prompt_tokens: int, completion_tokens: int) -> bytes:
    return event(choices=[], usage={"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens})


class StreamingServer:
    """`answer` maps a request's body to the chunks of its answer. Runs on the test's own event loop."""

    def __init__(self, answer: Answer, *, head: bytes = HEAD) -> None:
        self.asked: list[dict[str, Any]] = []
        self.num_connections = 0
        self.port = 0
        self._answer = answer
        self._head = head

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.num_connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._respond(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _respond(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if head.startswith(b"GET /v1/models "):
            body = json.dumps({"data": [{"id": "made-up"}]}).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
            await writer.drain()
            raise ConnectionError
        sizes = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        self.asked.append(json.loads(await reader.readexactly(int(sizes[0].partition(b":")[2]))))
        writer.write(self._head)
        for chunk in [*self._answer(self.asked[-1]), b""]:
            writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            await writer.drain()
