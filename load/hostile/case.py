"""What a hostile case is, and how its bytes are put together."""

from __future__ import annotations

from dataclasses import dataclass

CHAT, TOKENIZE, DETOKENIZE = "/v1/chat/completions", "/v1/tokenize", "/v1/detokenize"
OVERSIZE_BYTES = 100_000

HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"


@dataclass(frozen=True, slots=True)
class HostileCase:
    """One request as it goes over a fresh connection, whole; `is_oversize`: so large that its sending takes long."""

    name: str
    raw: bytes
    is_oversize: bool = False


def post(path: str, body: bytes, *, headers: bytes = JSON) -> bytes:
    """Return a well-framed POST."""
    return b"POST %b HTTP/1.1\r\n%b%bContent-Length: %d\r\n\r\n%b" % (path.encode(), HOST, headers, len(body), body)


def get(target: bytes = b"/v1/nothing", *, headers: bytes = b"", version: bytes = b"HTTP/1.1") -> bytes:
    """Return a GET of a path that does not exist, unless told otherwise."""
    return b"GET %b %b\r\n%b%b\r\n" % (target, version, HOST, headers)
