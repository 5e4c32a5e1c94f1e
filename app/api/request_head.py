"""What a request's head must look like beyond HTTP's grammar, so that no two servers read one request in two ways."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

Headers = Sequence[tuple[bytes, bytes]]


def head_problem(target: bytes, headers: Headers, *, version: str) -> str | None:
    """Return what is wrong with a request's head, in words for its sender and without any of it; None if nothing is.

    Names in `headers` are in lower case. RFC 9112: 3.2 on Host and targets, 6.1 on Transfer-Encoding.
    """
    if version not in {"1.0", "1.1"}:
        return "only HTTP/1.1 and HTTP/1.0 are spoken here"
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1 or (not hosts and version == "1.1"):
        return "send exactly one Host header"
    codings = [value.lower() for name, value in headers if name == b"transfer-encoding"]
    if codings and (version == "1.0" or codings != [b"chunked"]):
        return "the only transfer coding taken here is 'chunked', in HTTP/1.1"
    if not target.startswith(b"/") and target != b"*" and not _names_host(target, hosts):
        return "send the path alone as the request's target"
    return None


def _names_host(target: bytes, hosts: Sequence[bytes]) -> bool:
    """Whether an absolute target names the host that the Host header names; a proxy may have looked at either."""
    try:
        url = urlsplit(target)
    except ValueError:
        return False
    return url.scheme in {b"http", b"https"} and [url.netloc] == list(hosts)
