"""Bounds request bodies in size and in time. Counts the bytes that come, whatever Content-Length says."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Lets at most `max_bytes` of body through, and `timeout_s` seconds for all of it to come.

    Whoever reads the body gets an HTTPException, 413 or 408; servers themselves would wait for ever.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, timeout_s: float) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request with a bounded `receive`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        deadline_s = asyncio.get_running_loop().time() + self._timeout_s
        num_announced, num_received = _announced_bytes(scope), 0
        is_complete = False
        too_large = HTTPException(413, f"the body is larger than {self._max_bytes} bytes")

        async def receive_bounded() -> Message:
            nonlocal num_received, is_complete
            if is_complete:
                return await receive()
            if num_announced > self._max_bytes:
                raise too_large
            try:
                async with asyncio.timeout_at(deadline_s):
                    message = await receive()
            except TimeoutError:
                # The rest may still come for ever: the connection has no further use.
                late = f"the body did not come within {self._timeout_s:g} s"
                raise HTTPException(408, late, headers={"Connection": "close"}) from None
            if message["type"] == "http.request":
                num_received += len(message.get("body", b""))
                is_complete = not message.get("more_body", False)
            if num_received > self._max_bytes:
                raise too_large
            return message

        await self._app(scope, receive_bounded, send)


def _announced_bytes(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0
