"""Requests as bytes, made by hand: a whole HTTP client would cost the machine more than the server does."""

from __future__ import annotations

import itertools
from typing import Any

import orjson

from load.storm.connection import Target

_QUESTIONS = (
    "When should I use threads, and when processes?",
    "What does await do?",
    "Why does time.sleep freeze my server?",
    "How do I cancel a task?",
    "What is the GIL?",
)
_numbers = itertools.count(1)


def question() -> str:
    """An everyday prompt that no other request has, so that no cache answers in the engine's place."""
    number = next(_numbers)
    return f"{number}. {_QUESTIONS[number % len(_QUESTIONS)]}"


def chat_request(
    target: Target,
    content: str,
    *,
    max_tokens: int,
    is_stream: bool = False,
    timeout_s: float | None = None,
    request_id: str = "",
    has_usage: bool = False,
) -> bytes:
    """A chat request whose answer has exactly max_tokens tokens. timeout_s: the deadline that it names itself."""
    body: dict[str, Any] = {
        "model": target.model,
        "messages": [{"role": "user", "content": content}],
        "max_tokens": max_tokens,
        "temperature": 0,
        "ignore_eos": True,
    }
    if is_stream:
        body["stream"] = True
    if has_usage and is_stream:
        body["stream_options"] = {"include_usage": True}
    headers = {}
    if timeout_s is not None:
        headers["X-Request-Timeout-Ms"] = str(int(timeout_s * 1000))
    if request_id:
        headers["X-Request-Id"] = request_id
    return post(target, "/v1/chat/completions", body, headers)


def post(target: Target, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> bytes:
    """A POST of JSON."""
    payload = orjson.dumps(body)
    return head(target, "POST", path, {**(headers or {}), "Content-Length": str(len(payload))}) + payload


def get(target: Target, path: str) -> bytes:
    """A GET."""
    return head(target, "GET", path, {})


def head(target: Target, method: str, path: str, headers: dict[str, str]) -> bytes:
    """The head of a request; the content is said to be JSON if its length is among the headers."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    lines = [f"{method} {target.prefix}{path} HTTP/1.1", f"Host: {host}:{target.port}"]
    if "Content-Length" in headers:
        lines.append("Content-Type: application/json")
    if target.key:
        lines.append(f"Authorization: Bearer {target.key}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
