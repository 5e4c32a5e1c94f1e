"""Refuses at the door what can't be served now, whatever it is: while the process drains, and in a crowd."""

from __future__ import annotations

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.error_answers import error_response
from app.api.guarded_protocol import IS_CROWDED
from app.errors import DrainingError, RefusedError, TooManyConnectionsError


class DrainSwitch:
    """Whether the process drains: thrown once, by the first signal. Thread: the event loop's."""

    is_on = False

    def throw(self) -> None:
        """Refuse from now on. Idempotent."""
        self.is_on = True


class Refusals:
    """Pure ASGI. Answers 503 with `Retry-After` and `Connection: close`, without reading the body.

    `open_paths` are served all the same: who watches this process must see how it does.
    """

    def __init__(self, app: ASGIApp, *, drain: DrainSwitch, open_paths: Collection[str]) -> None:
        self._app = app
        self._drain = drain
        self._open_paths = frozenset(open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or refuse."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await error_response(refusal)(scope, receive, send)

    def _refusal(self, scope: Scope) -> RefusedError | None:
        if scope["path"] in self._open_paths:
            return None
        if self._drain.is_on:
            return DrainingError("this server is shutting down and takes no new requests")
        if scope.get(IS_CROWDED, False):
            return TooManyConnectionsError("this server has as many connections as it takes")
        return None
