"""Nothing of what clients send or get is in the log, the meters or the errors; and each request is one line."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any, Literal

import orjson
import pytest
from fastapi import FastAPI

from app.api.api_keys import key_line
from app.observability.logs import set_up_logging
from app.service.requests import TextDelta
from app.settings import Settings
from tests.api.asgi_call import AsgiCall, chat_body
from tests.api.fake_service import FakeService, script

CANARY = "canary\r\nERROR forged\u2028"
KEY = "ub-canary-key"
CHAT = "/v1/chat/completions"
BAD_BODIES: list[bytes] = [
    chat_body(messages=[{"role": CANARY, "content": "x"}]),
    chat_body(messages=[{"role": "user", "content": [CANARY]}]),
    chat_body(model=CANARY),
    chat_body(temperature=CANARY),
    chat_body(stop=[CANARY] * 9),
    chat_body(logit_bias={CANARY: 1}),
    chat_body(**{CANARY: CANARY}),
    chat_body(tools=[{"type": "function", "function": {"name": CANARY}}]),
    orjson.dumps(CANARY),
    b'{"canary',
    b"canary",
]


@pytest.fixture
def settings() -> Settings:
    return Settings(api_keys=key_line(KEY, name="alice"), _env_file=None)


@pytest.fixture(params=["text", "json"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    log_format: Literal["text", "json"] = request.param
    set_up_logging(level="info", log_format=log_format, stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


async def ask(app: FastAPI, body: bytes = b"", *, path: str = CHAT, key: str = KEY, **more: Any) -> AsgiCall:
    headers = [
        (b"content-type", b"application/json"),
        (b"authorization", b"Bearer " + key.encode()),
        (b"cookie", b"canary=1"),
        (b"x-request-id", b"canary id"),
        (b"user-agent", b"canary"),
    ]
    call = AsgiCall(app, path=path, body=body, headers=headers, **more)
    if not body:
        call.push(b"", more_body=False)
    await call.run()
    return call


def check(log: io.StringIO, app: FastAPI, calls: list[AsgiCall]) -> None:
    lines = log.getvalue().splitlines()
    assert len(lines) == len(calls)
    assert "canary" not in log.getvalue()
    assert "forged" not in log.getvalue()
    assert b"canary" not in app.state.metrics.render()
    assert not [call.text for call in calls if call.status >= 400 and "canary" in call.text]


async def test_prompts_answers_and_keys_stay_out(app: FastAPI, service: FakeService, log: io.StringIO) -> None:
    service.chat.steps = script("the ", CANARY)
    calls = [
        await ask(app, chat_body(messages=[{"role": "user", "content": CANARY}], user=CANARY, stream=is_stream))
        for is_stream in (True, False)
    ]
    calls.append(await ask(app, orjson.dumps({"text": CANARY}), path="/v1/tokenize"))
    calls.append(await ask(app, chat_body(), key="canary-that-is-wrong"))
    calls.append(await ask(app, path="/canary/" + CANARY, method="GET"))
    calls.append(await ask(app, path="/v1/models/" + CANARY, method="GET"))
    calls.append(await ask(app, chat_body(), host=b"canary.example"))
    assert [call.status for call in calls] == [200, 200, 200, 401, 404, 404, 421]
    check(log, app, calls)


async def test_bodies_that_are_wrong_stay_out(app: FastAPI, log: io.StringIO) -> None:
    calls = [await ask(app, body) for body in BAD_BODIES]
    assert all(400 <= call.status < 500 for call in calls)
    check(log, app, calls)


@pytest.mark.parametrize("is_stream", [True, False])
async def test_an_exception_that_holds_a_prompt_stays_out(
    app: FastAPI, service: FakeService, log: io.StringIO, is_stream: bool
) -> None:
    service.chat.steps = [TextDelta("half"), ValueError(f"could not handle {CANARY}")]
    call = await ask(app, chat_body(stream=is_stream))
    assert "canary" not in call.text
    assert "internal error" in call.text
    assert "canary" not in log.getvalue()
    assert "forged" not in log.getvalue()
    lines = log.getvalue().splitlines()
    assert len(lines) == 2  # the request's, and the bug's
    assert "ValueError" in lines[0]
