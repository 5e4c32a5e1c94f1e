"""Wrong content types, and HTTP that is crooked: smuggling shapes, bad targets, huge headers. Data only."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator

from load.hostile.case import CHAT, HOST, JSON, HostileCase, get, post

_GOOD = json.dumps({"model": "nobody/serves-this", "messages": [{"role": "user", "content": "x"}]}).encode()
_CHUNKED = b"Transfer-Encoding: chunked\r\n"
_LENGTH = b"Content-Length: %d\r\n" % len(_GOOD)
_CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(_GOOD), _GOOD)
_SMUGGLED = b"GET /v1/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"

# content type and encoding -> body
CONTENT: dict[bytes, bytes] = {
    b"": _GOOD,
    b"Content-Type: \r\n": _GOOD,
    b"Content-Type: text/plain\r\n": _GOOD,
    b"Content-Type: text/json\r\n": _GOOD,
    b"Content-Type: application/x-www-form-urlencoded\r\n": b"model=x",
    b"Content-Type: multipart/form-data; boundary=x\r\n": b"--x\r\n\r\n{}\r\n--x--",
    b"Content-Type: multipart/form-data; boundary=%b\r\n" % (b"x" * 5000): b"--x--",
    b"Content-Type: application/xml\r\n": b"<x/>",
    b"Content-Type: application/octet-stream\r\n": _GOOD,
    b"Content-Type: application/json/x\r\n": _GOOD,
    b"Content-Type: application/jsonx\r\n": _GOOD,
    b"Content-Type: \xff\xfe\r\n": _GOOD,
    b"Content-Type: %b\r\n" % (b"application/json;" * 2000): b"{",
    JSON + b"Content-Encoding: gzip\r\n": gzip.compress(_GOOD, mtime=0),
    JSON + b"Content-Encoding: gzip, gzip\r\n": gzip.compress(gzip.compress(_GOOD, mtime=0), mtime=0),
    JSON + b"Content-Encoding: deflate\r\n": zlib.compress(_GOOD),
    JSON + b"Content-Encoding: br\r\n": b"\x0b\x00\x80" + _GOOD,
    JSON + b"Content-Encoding: zstd\r\n": b"\x28\xb5\x2f\xfd" + _GOOD,
    JSON + b"Content-Encoding: gzip\r\nX-Bomb: 1\r\n": gzip.compress(b" " * 10_000_000, mtime=0),
    JSON + b"X-Request-Id: a b\r\nX-Forwarded-For: 127.0.0.1\r\n": b"{",
}


def content_cases() -> Iterator[HostileCase]:
    """Yield bodies that are not called plain JSON."""
    for index, (headers, body) in enumerate(CONTENT.items()):
        yield HostileCase(f"content {index}", post(CHAT, body, headers=headers))


def _framed(headers: bytes, body: bytes, *, version: bytes = b"HTTP/1.1") -> bytes:
    return b"POST %b %b\r\n%b%b%b\r\n%b" % (CHAT.encode(), version, HOST, JSON, headers, body)


# How the body's end is told: each is read in two ways by some pair of servers.
SMUGGLING: dict[str, bytes] = {
    "length, then chunked": _framed(_LENGTH + _CHUNKED, _CHUNKS),
    "chunked, then length": _framed(_CHUNKED + _LENGTH, _CHUNKS),
    "two lengths": _framed(_LENGTH + _LENGTH, _GOOD),
    "two different lengths": _framed(b"Content-Length: 0\r\n" + _LENGTH, _GOOD),
    "a list of lengths": _framed(b"Content-Length: 4, 4\r\n", _GOOD),
    "plus in the length": _framed(b"Content-Length: +4\r\n", _GOOD),
    "negative length": _framed(b"Content-Length: -4\r\n", _GOOD),
    "hexadecimal length": _framed(b"Content-Length: 0x4\r\n", _GOOD),
    "length with a point": _framed(b"Content-Length: 4.0\r\n", _GOOD),
    "no length": _framed(b"Content-Length: \r\n", _GOOD),
    "length beyond 64 bits": _framed(b"Content-Length: 99999999999999999999999\r\n", _GOOD),
    "length of a terabyte": _framed(b"Content-Length: 1099511627776\r\n", _GOOD),
    "length in other digits": _framed("Content-Length: ４\r\n".encode(), _GOOD),
    "space before the colon of the length": _framed(b"Content-Length : 4\r\n", _GOOD),
    "space before the colon of the coding": _framed(b"Transfer-Encoding : chunked\r\n", _CHUNKS),
    "unknown coding": _framed(b"Transfer-Encoding: xchunked\r\n", _CHUNKS),
    "identity": _framed(b"Transfer-Encoding: identity\r\n", _GOOD),
    "gzip, chunked": _framed(b"Transfer-Encoding: gzip, chunked\r\n", _CHUNKS),
    "chunked, identity": _framed(b"Transfer-Encoding: chunked, identity\r\n", _CHUNKS),
    "chunked twice": _framed(_CHUNKED + _CHUNKED, _CHUNKS),
    "vertical tab before chunked": _framed(b"Transfer-Encoding:\x0bchunked\r\n", _CHUNKS),
    "folded coding": _framed(b"Transfer-Encoding:\r\n chunked\r\n", _CHUNKS),
    "quoted coding": _framed(b'Transfer-Encoding: "chunked"\r\n', _CHUNKS),
    "chunked in HTTP/1.0": _framed(_CHUNKED, _CHUNKS, version=b"HTTP/1.0"),
    "chunk size in no digits": _framed(_CHUNKED, b"zz\r\n\r\n"),
    "negative chunk size": _framed(_CHUNKED, b"-1\r\n\r\n"),
    "chunk size beyond 64 bits": _framed(_CHUNKED, b"f" * 17 + b"\r\n"),
    "chunk longer than it says": _framed(_CHUNKED, b"1\r\n{}\r\n0\r\n\r\n"),
    "chunk without its end": _framed(_CHUNKED, b"2\r\n{}0\r\n\r\n"),
    "chunks ended by LF alone": _framed(_CHUNKED, b"2\n{}\n0\n\n"),
    "chunk extension of 90 KB": _framed(_CHUNKED, b"2;%b\r\n{}\r\n0\r\n\r\n" % (b"x" * 90_000)),
    "3,000 trailers": _framed(_CHUNKED, b"2\r\n{}\r\n0\r\n" + b"X-A: b\r\n" * 3000 + b"\r\n"),
    "10,000 chunks of a byte": _framed(_CHUNKED, b"1\r\n \r\n" * 10_000 + b"0\r\n\r\n"),
    "a second request in the body": _framed(b"Content-Length: 1\r\n", b"{" + _SMUGGLED),
}
REQUEST_LINES: dict[str, bytes] = {
    "HTTP/0.9": b"GET /healthz\r\n\r\n",
    "HTTP/0.9 by name": get(b"/healthz", version=b"HTTP/0.9"),
    "HTTP/2.0 by name": get(b"/healthz", version=b"HTTP/2.0"),
    "HTTP/9.9": get(version=b"HTTP/9.9"),
    "http/1.1": get(version=b"http/1.1"),
    "HTTP/1.1.1": get(version=b"HTTP/1.1.1"),
    "HTTP/1.": get(version=b"HTTP/1."),
    "HTTP/1.1 and a space": get(version=b"HTTP/1.1 "),
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 500,
    "SSH": b"SSH-2.0-OpenSSH_9.9\r\n",
    "Redis": b"*1\r\n$4\r\nINFO\r\n",
    "an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "nul bytes": b"\x00" * 100,
    "lower case method": b"get / HTTP/1.1\r\n" + HOST + b"\r\n",
    "unknown method": b"FOO / HTTP/1.1\r\n" + HOST + b"\r\n",
    "long method": b"G" * 5000 + b" / HTTP/1.1\r\n" + HOST + b"\r\n",
    "no method": b" / HTTP/1.1\r\n" + HOST + b"\r\n",
    "tab for a space": b"GET\t/\tHTTP/1.1\r\n" + HOST + b"\r\n",
    "CONNECT": b"CONNECT localhost:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "TRACE": b"TRACE /v1/models HTTP/1.1\r\n" + HOST + b"\r\n",
    "OPTIONS *": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "DELETE": b"DELETE /v1/models HTTP/1.1\r\n" + HOST + b"\r\n",
    "PUT": b"PUT /healthz HTTP/1.1\r\n" + HOST + b"\r\n",
    "no such path": get(),
    "space in the path": get(b"/a b"),
    "nul in the path": get(b"/\x00"),
    "raw bytes in the path": get(b"/\xff\xfe"),
    "bad percent": get(b"/v1/%zz"),
    "cut percent": get(b"/v1/%"),
    "percent that is no UTF-8": get(b"/v1/%ff%fe"),
    "percent nul": get(b"/v1/%00"),
    "percent line feed": get(b"/v1/x%0d%0aX-Forged:%20yes"),
    "a lone surrogate": get(b"/v1/%ed%a0%80"),
    "parent folders": get(b"/web/../../app/settings.py"),
    "parent folders in percent": get(b"/web/%2e%2e/%2e%2e/app/settings.py"),
    "parent folders as a model": get(b"/v1/models/../../../etc/passwd"),
    "path of 60 KB": get(b"/" + b"a" * 60_000),
    "path of 200 KB": get(b"/" + b"a" * 200_000),
    "query of 60 KB": get(b"/v1/nothing?" + b"a=b&" * 15_000),
    "a model's name of 60 KB": get(b"/v1/models/" + b"a" * 60_000),
    "another server's URL": get(b"http://localhost.example/v1/nothing"),
    "a URL without a path": get(b"http://localhost"),
    "a URL with a port of no digits": get(b"http://localhost:x/"),
    "a file URL": get(b"file:///etc/passwd"),
    "a word": get(b"healthz"),
    "double slash": get(b"//localhost/v1/models"),
}
HEADERS: dict[str, bytes] = {
    "no Host": b"GET /v1/nothing HTTP/1.1\r\n\r\n",
    "two Hosts": get(headers=HOST),
    "another Host": get(headers=b"Host: localhost.example\r\n"),
    "Host with a path": b"GET /v1/nothing HTTP/1.1\r\nHost: localhost/x?\r\n\r\n",
    "Host with a user": b"GET /v1/nothing HTTP/1.1\r\nHost: x@localhost\r\n\r\n",
    "Host of 60 KB": b"GET /v1/nothing HTTP/1.1\r\nHost: %b\r\n\r\n" % (b"h" * 60_000),
    "lines ended by LF alone": b"GET / HTTP/1.1\nHost: localhost\n\n",
    "lines ended by CR alone": b"GET / HTTP/1.1\rHost: localhost\r\r",
    "folded header": get(headers=b"X-A: b\r\n c\r\n"),
    "header without a colon": get(headers=b"X-A\r\n"),
    "header without a name": get(headers=b": b\r\n"),
    "space before the first header": b"GET / HTTP/1.1\r\n Host: localhost\r\n\r\n",
    "space in a name": get(headers=b"X A: b\r\n"),
    "nul in a name": get(headers=b"X\x00A: b\r\n"),
    "nul in a value": get(headers=b"X-A: a\x00b\r\n"),
    "bell in a value": get(headers=b"X-A: a\x07b\r\n"),
    "CR in a value": get(headers=b"X-A: a\rb\r\n"),
    "raw bytes in a name": get(headers=b"X-\xff: b\r\n"),
    "raw bytes in a value": get(headers=b"X-A: \xff\xfe\r\n"),
    "10,000 headers": get(headers=b"".join(b"X-%d: y\r\n" % index for index in range(10_000))),
    "300 headers": get(headers=b"".join(b"X-%d: y\r\n" % index for index in range(300))),
    "a name of 64 KB": get(headers=b"X" * 65_536 + b": y\r\n"),
    "a value of 64 KB": get(headers=b"X-A: " + b"y" * 65_536 + b"\r\n"),
    "a value of 1 MB": get(headers=b"X-A: " + b"y" * 1_000_000 + b"\r\n"),
    "cookies of 32 KB": get(headers=b"Cookie: " + b"a=b; " * 6500 + b"\r\n"),
    "key of 32 KB": get(headers=b"Authorization: Bearer " + b"k" * 32_000 + b"\r\n"),
    "WebSocket": get(headers=b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: eA==\r\n"),
    "h2c": get(headers=b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAA\r\n"),
    "another expectation": _framed(b"Expect: 200-maybe\r\nContent-Length: 1\r\n", b"{"),
    "10,000 ranges": get(headers=b"Range: bytes=" + b"0-1," * 10_000 + b"\r\n"),
    "time limit of no digits": post(CHAT, _GOOD, headers=JSON + b"X-Request-Timeout-Ms: soon\r\n"),
    "time limit below zero": post(CHAT, _GOOD, headers=JSON + b"X-Request-Timeout-Ms: -1\r\n"),
    "time limit of 1,000 digits": post(CHAT, _GOOD, headers=JSON + b"X-Request-Timeout-Ms: %b\r\n" % (b"9" * 1000)),
    "a foreign page": post(CHAT, _GOOD, headers=JSON + b"Origin: https://evil.example\r\n"),
    "a page without origin": post(CHAT, _GOOD, headers=JSON + b"Origin: null\r\n"),
    "3,000 requests at once": get() * 3000,
}  # fmt: skip
OVERSIZE = {
    "34 MB of body": post(CHAT, b" " * 34_000_000),
    "34 MB of body in chunks": _framed(_CHUNKED, (b"100000\r\n" + b" " * 0x100000 + b"\r\n") * 34 + b"0\r\n\r\n"),
    "a message of 17 million letters": post(
        CHAT, b'{"model":"tutor","messages":[{"role":"user","content":"%b"}]}' % (b"x" * 17_000_000)
    ),
}


def framing_cases() -> Iterator[HostileCase]:
    """Yield what is wrong with the HTTP itself, and what is only too much."""
    for kind in (SMUGGLING, REQUEST_LINES, HEADERS, OVERSIZE):
        yield from (HostileCase(name, raw) for name, raw in kind.items())
