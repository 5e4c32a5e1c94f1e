from __future__ import annotations

import pytest
from fastapi import FastAPI

from app.api.answer_schemas import ErrorAnswer
from app.api.time_limit import MAX_TIMEOUT_MS
from tests.api.asgi_call import AsgiCall, chat_body
from tests.api.fake_service import FakeService


async def ask(app: FastAPI, *values: bytes) -> AsgiCall:
    headers = [(b"content-type", b"application/json"), *((b"x-request-timeout-ms", value) for value in values)]
    call = AsgiCall(app, path="/v1/chat/completions", body=chat_body(), headers=headers)
    await call.run()
    return call


@pytest.mark.parametrize(
    ("values", "timeout_s"), [((), None), ((b"1",), 0.001), ((b"2500",), 2.5), ((b"86400000",), MAX_TIMEOUT_MS / 1000)]
)
async def test_the_clients_time_reaches_the_service_in_seconds(
    app: FastAPI, service: FakeService, values: tuple[bytes, ...], timeout_s: float | None
) -> None:
    assert (await ask(app, *values)).status == 200
    assert service.chat.requests[0].timeout_s == timeout_s


@pytest.mark.parametrize(
    "values",
    [
        (b"",), (b"0",), (b"-1",), (b"+1",), (b"1.5",), (b"1e3",), (b"0x1",), (b"soon",), (b"1 2",), (b"86400001",),
        (b"9" * 9,), (b"9" * 5000,), ("٣".encode(),), (b"NaN",), (b"1", b"1"), (b"1,2",),
    ],
)  # fmt: skip
async def test_anything_but_one_number_in_bounds_is_400(
    app: FastAPI, service: FakeService, values: tuple[bytes, ...]
) -> None:
    call = await ask(app, *values)
    assert call.status == 400
    assert "X-Request-Timeout-Ms" in ErrorAnswer.model_validate(call.json).error.message
    assert len(call.text) < 500
    assert service.chat.requests == []
