"""Requests are what a server expects, and no two prompts are the same."""

from __future__ import annotations

import json

from load.storm import wire
from load.storm.connection import Target

TARGET = Target("127.0.0.1", 8000, 1, "m")


def test_a_chat_request_says_its_length_its_deadline_and_its_id() -> None:
    raw = wire.chat_request(TARGET, "Hi", max_tokens=7, is_stream=True, timeout_s=1.5, request_id="a-1")
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"POST /v1/chat/completions HTTP/1.1",
        b"Host: 127.0.0.1:8000",
        b"Content-Type: application/json",
        b"X-Request-Timeout-Ms: 1500",
        b"X-Request-Id: a-1",
        b"Content-Length: %d" % len(body),
    ]
    assert json.loads(body) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 7,
        "temperature": 0,
        "ignore_eos": True,
        "stream": True,
    }


def test_a_get_has_no_body() -> None:
    assert wire.get(TARGET, "/readyz") == b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n"


def test_a_server_behind_a_prefix_and_a_key_is_asked_with_both() -> None:
    target = Target("h", 1, 0, "m", prefix="/api", key="k")
    assert (
        wire.get(target, "/v1/models") == b"GET /api/v1/models HTTP/1.1\r\nHost: h:1\r\nAuthorization: Bearer k\r\n\r\n"
    )
    assert "'k'" not in repr(target)


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert b"\r\nHost: [::1]:8000\r\n" in wire.get(Target("::1", 8000, 0), "/readyz")


def test_no_two_questions_are_the_same() -> None:
    assert len({wire.question() for _ in range(100)}) == 100
