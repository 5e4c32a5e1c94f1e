from __future__ import annotations

import pytest

from app.api.request_head import head_problem

HOST = (b"host", b"localhost:8000")
CHUNKED = (b"transfer-encoding", b"chunked")


@pytest.mark.parametrize(
    ("target", "headers", "version"),
    [
        (b"/", [HOST], "1.1"),
        (b"/v1/models?x=y", [HOST, (b"content-length", b"3")], "1.1"),
        (b"/", [HOST, CHUNKED], "1.1"),
        (b"/", [HOST, (b"transfer-encoding", b"Chunked")], "1.1"),
        (b"*", [HOST], "1.1"),
        (b"http://localhost:8000/v1/models", [HOST], "1.1"),
        (b"/healthz", [], "1.0"),
        (b"/healthz", [HOST], "1.0"),
    ],
)
def test_plain_heads_pass(target: bytes, headers: list[tuple[bytes, bytes]], version: str) -> None:
    assert head_problem(target, headers, version=version) is None


@pytest.mark.parametrize(
    ("target", "headers", "version", "word"),
    [
        (b"/", [HOST], "0.9", "HTTP/1.1"),
        (b"/", [HOST], "2.0", "HTTP/1.1"),
        (b"/", [], "1.1", "Host"),
        (b"/", [HOST, HOST], "1.1", "Host"),
        (b"/", [HOST, HOST], "1.0", "Host"),
        (b"/", [HOST, CHUNKED], "1.0", "coding"),
        (b"/", [HOST, CHUNKED, CHUNKED], "1.1", "coding"),
        (b"/", [HOST, (b"transfer-encoding", b"gzip, chunked")], "1.1", "coding"),
        (b"http://other/v1/models", [HOST], "1.1", "target"),
        (b"http://localhost:8000@other/v1/models", [HOST], "1.1", "target"),
        (b"http://[x/", [HOST], "1.1", "target"),
        (b"file:///etc/passwd", [HOST], "1.1", "target"),
        (b"localhost:8000", [HOST], "1.1", "target"),
        (b"", [HOST], "1.1", "target"),
    ],
)
def test_what_two_servers_could_read_in_two_ways_is_refused(
    target: bytes, headers: list[tuple[bytes, bytes]], version: str, word: str
) -> None:
    problem = head_problem(target, headers, version=version)
    assert problem is not None
    assert word in problem
    assert "passwd" not in problem
