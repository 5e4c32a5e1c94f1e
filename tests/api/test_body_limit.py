from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from app.api.body_limit import BodyLimit
from app.main import create_app
from app.settings import Settings
from tests.api.asgi_call import AsgiCall, chat_body
from tests.api.fake_service import FakeService, make_factory

JSON = (b"content-type", b"application/json")


async def test_a_body_that_says_it_is_too_large_is_refused_unread(app: FastAPI) -> None:
    call = AsgiCall(app, path="/v1/tokenize", headers=[JSON, (b"content-length", b"1000001")])
    await call.run()  # no byte of the body ever comes
    assert call.status == 413
    assert call.json["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("announced", [[], [(b"content-length", b"10")], [(b"content-length", b"-5")]])
async def test_real_bytes_count_whatever_was_announced(app: FastAPI, announced: list[tuple[bytes, bytes]]) -> None:
    call = AsgiCall(app, path="/v1/tokenize", headers=[JSON, *announced])
    for _ in range(11):
        call.push(b" " * 100_000, more_body=True)
    await call.run()
    assert call.status == 413


async def test_a_body_of_just_the_largest_size_is_taken(app: FastAPI) -> None:
    body = b'{"text":"' + b"a" * (1_000_000 - 11) + b'"}'
    call = AsgiCall(app, path="/v1/tokenize", body=body)
    await call.run()
    assert (len(body), call.status, call.json["count"]) == (1_000_000, 200, 1_000_000 - 11)


async def test_a_body_may_come_in_pieces(app: FastAPI) -> None:
    call = AsgiCall(app, path="/v1/chat/completions")
    body = chat_body()
    for index in range(len(body)):
        call.push(body[index : index + 1], more_body=index + 1 < len(body))
    await call.run()
    assert call.status == 200


async def test_a_body_that_stalls_is_given_up_and_its_connection_with_it() -> None:
    app = create_app(Settings(body_timeout_s=0.001, _env_file=None), service_factory=make_factory(FakeService()))
    call = AsgiCall(app, path="/v1/tokenize")
    app.state.service = FakeService()
    call.push(b"{", more_body=True)
    await call.run()
    assert (call.status, call.headers["connection"]) == (408, "close")
    assert call.json["error"]["code"] == "request_timeout"


async def test_the_time_limit_ends_with_the_body() -> None:
    async def reads(_scope: Any, receive: Any, _send: Any) -> None:
        assert (await receive())["type"] == "http.request"
        assert (await receive())["type"] == "http.disconnect"

    limited = BodyLimit(reads, max_bytes=10, timeout_s=0)  # only a body that is already there makes it
    call = AsgiCall(limited, path="/", body=b"x")
    task = call.start()
    for _ in range(10):
        await asyncio.sleep(0)
    call.disconnect()
    async with asyncio.timeout(5):
        await task


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_error(app: FastAPI) -> None:
    call = AsgiCall(app, path="/v1/tokenize")
    call.push(b'{"text"', more_body=True)
    call.disconnect()
    await call.run()
    assert call.sent == []
