"""Keeps web pages of others from using a browser to reach this server: trusted host names, same origin, CORS.

A page can make a browser send requests anywhere. By DNS rebinding it can even pass for this server's own origin, under
a name of the attacker's; so only names that are known are served. An IP address can't be rebound.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.error_answers import error_response
from app.errors import AccessError, ForeignOriginError, WrongHostError

# What a browser says of a request by a page of this very origin, or by the person.
_OWN_SITES = frozenset({b"same-origin", b"none"})
# Of a name in DNS. A header may have 64 KB; all suffixes of that would hold the loop for a second.
_MAX_NAME_CHARS = 253


class TrustedNames:
    """The host names under which this server may be asked: `a.b`, `*.b`, or `*` for any."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(name.lower() for name in names) | {"localhost"}

    def has(self, host: str) -> bool:
        """Whether a Host header's value is one of them, or an IP address."""
        name = _without_port(host).lower().removesuffix(".")
        if "*" in self._names:
            return True
        if len(name) > _MAX_NAME_CHARS:
            return False
        if name in self._names or _is_ip_address(name):
            return True
        return any(f"*{name[index:]}" in self._names for index, char in enumerate(name) if char == ".")


class OriginCheck:
    """Pure ASGI. 421 for a host that is not trusted, 403 for a page of another origin; decides on raw headers.

    `open_paths` may be opened from a foreign page, as a link on it does; they hold nothing and change nothing.
    """

    def __init__(
        self, app: ASGIApp, *, names: TrustedNames, cors_origins: Collection[str], open_paths: Collection[str]
    ) -> None:
        self._app = app
        self._names = names
        self._origins = frozenset(origin.encode("latin-1", "replace").lower() for origin in cors_origins)
        self._open_paths = frozenset(open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or refuse without reading the body."""
        error = self._problem(scope) if scope["type"] == "http" else None
        if error is None:
            await self._app(scope, receive, send)
        else:
            await error_response(error)(scope, receive, send)

    def _problem(self, scope: Scope) -> AccessError | None:
        hosts = _values(scope, b"host")
        if not all(self._names.has(host.decode("latin-1")) for host in hosts):
            return WrongHostError("this server is not known by that host name (UNBLOCKED_TRUSTED_HOSTS)")
        origins = [origin for origin in _values(scope, b"origin") if not self._is_allowed(origin, hosts)]
        is_foreign = bool(origins) or (
            not _OWN_SITES.issuperset(_values(scope, b"sec-fetch-site"))
            and not _values(scope, b"origin")
            and scope["path"] not in self._open_paths
        )
        if is_foreign:
            return ForeignOriginError("a web page of another origin may not ask here (UNBLOCKED_CORS_ORIGINS)")
        return None

    def _is_allowed(self, origin: bytes, hosts: Sequence[bytes]) -> bool:
        if b"*" in self._origins or origin.lower() in self._origins:
            return True
        # The scheme is not compared: a proxy in front may have ended TLS.
        return origin.partition(b"://")[2] in hosts


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key == name]


def _without_port(host: str) -> str:
    if host.startswith("["):
        name, bracket, port = host[1:].partition("]")
        return name if bracket and _is_port(port) else host
    name, colon, port = host.partition(":")
    return name if _is_port(colon + port) else host


def _is_port(text: str) -> bool:
    return not text or (text[0] == ":" and text[1:].isdecimal() and text.isascii() and len(text) <= 6)


def _is_ip_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
