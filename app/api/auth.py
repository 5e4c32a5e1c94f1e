"""Lets requests in that bring an API key; everything is closed that is not named here as open."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.api_keys import MAX_KEY_BYTES, ApiKey, KeyRing
from app.api.error_answers import error_response
from app.api.request_head import Headers
from app.errors import UnauthorizedError

SCOPE_KEY = "unblocked.api_key"


class Authentication:
    """Pure ASGI. Decides on `scope["path"]`, by which the router routes, and never on the URL, which a Host forges.

    A path is open when it is exactly one of `open_paths`; prefixes open nothing. With an empty ring all is open.
    """

    def __init__(self, app: ASGIApp, *, keys: KeyRing, open_paths: Collection[str]) -> None:
        self._app = app
        self._keys = keys
        self._open_paths = frozenset(open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or answer 401 without reading the body."""
        if scope["type"] == "lifespan" or not self._keys:
            await self._app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["path"] in self._open_paths:
            await self._app(scope, receive, send)
        elif (key := find_key(scope["headers"], self._keys)) is not None:
            scope[SCOPE_KEY] = key
            await self._app(scope, receive, send)
        else:
            error = UnauthorizedError("send a valid API key, in the header 'Authorization: Bearer ...'")
            await error_response(error)(scope, receive, send)


def find_key(headers: Headers, keys: KeyRing) -> ApiKey | None:
    """Return the key that a request's headers present, None if that is none of them. Names are in lower case."""
    values = [value for name, value in headers if name == b"authorization"]
    if len(values) != 1:
        return None
    scheme, _, key = bytes(values[0]).partition(b" ")
    key = key.strip()
    if scheme.lower() != b"bearer" or not 0 < len(key) <= MAX_KEY_BYTES:
        return None
    return keys.find(key)


def api_key_of(scope: Any) -> ApiKey | None:
    """Return the key that the request came with; None on open paths, and where none are needed."""
    key: ApiKey | None = scope.get(SCOPE_KEY)
    return key


def owner_of(scope: Any) -> str:
    """Return the name of the request's key, or "" where there is none."""
    key = api_key_of(scope)
    return "" if key is None else key.name
