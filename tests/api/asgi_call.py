"""Drives an ASGI application by hand: unlike httpx's transport it streams, and its client can leave at any time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson

DEADLINE_S = 10.0


class AsgiCall:
    """One request whose every message is under the test's control."""

    def __init__(
        self,
        app: Any,
        *,
        path: str,
        body: bytes = b"",
        method: str = "POST",
        headers: Sequence[tuple[bytes, bytes]] = ((b"content-type", b"application/json"),),
        host: bytes | None = b"localhost",
    ) -> None:
        self.sent: list[dict[str, Any]] = []
        self._app = app
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._changed = asyncio.Event()
        self._scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [*([] if host is None else [(b"host", host)]), *headers],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }
        if body:
            self.push(body, more_body=False)

    def push(self, body: bytes, *, more_body: bool) -> None:
        """Let a piece of the body arrive."""
        self._inbox.put_nowait({"type": "http.request", "body": body, "more_body": more_body})

    def disconnect(self) -> None:
        """Let the client leave."""
        self._inbox.put_nowait({"type": "http.disconnect"})

    def start(self) -> asyncio.Task[None]:
        """Begin to serve the request."""
        self.task = asyncio.create_task(self._app(self._scope, self._inbox.get, self._send))
        return self.task

    async def run(self) -> None:
        """Serve the request to its end."""
        async with asyncio.timeout(DEADLINE_S):
            await self.start()

    async def wait_for(self, text: str) -> None:
        """Wait until `text` has been sent."""
        async with asyncio.timeout(DEADLINE_S):
            while text not in self.text:
                self._changed.clear()
                await self._changed.wait()

    async def _send(self, message: Any) -> None:
        self.sent.append(dict(message))
        self._changed.set()

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent[1:]).decode()

    @property
    def is_complete(self) -> bool:
        return bool(self.sent) and not self.sent[-1].get("more_body", self.sent[-1]["type"] == "http.response.start")

    @property
    def json(self) -> Any:
        return orjson.loads(self.text)

    @property
    def events(self) -> list[Any]:
        """The data events; the last may be the string [DONE]."""
        blocks = [block for block in self.text.split("\n\n") if block.startswith("data: ")]
        return [block[6:] if block == "data: [DONE]" else orjson.loads(block[6:]) for block in blocks]


def chat_body(**fields: Any) -> bytes:
    """Return a chat request's body."""
    return orjson.dumps({"model": "tutor", "messages": [{"role": "user", "content": "hi"}], **fields})


def chat_call(app: Any, **fields: Any) -> AsgiCall:
    """Return a chat request that is ready to start."""
    return AsgiCall(app, path="/v1/chat/completions", body=chat_body(**fields))
