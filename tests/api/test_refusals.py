from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from app.api.answer_schemas import ErrorAnswer
from app.api.guarded_protocol import IS_CROWDED
from app.main import begin_drain
from tests.api.asgi_call import AsgiCall, chat_call
from tests.api.fake_service import FakeService


async def ask(app: FastAPI, path: str, *, is_crowded: bool = False) -> AsgiCall:
    async def marked(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, IS_CROWDED: is_crowded}, receive, send)

    call = AsgiCall(marked, path=path, method="GET")  # its body never comes
    await call.run()
    return call


@pytest.mark.parametrize("path", ["/v1/models", "/v1/tokenize", "/", "/openapi.json", "/nope"])
@pytest.mark.parametrize("code", ["draining", "too_many_connections"])
async def test_nothing_new_is_served_in_a_crowd_or_while_draining(app: FastAPI, path: str, code: str) -> None:
    if code == "draining":
        begin_drain(app)
    call = await ask(app, path, is_crowded=code != "draining")
    assert call.status == 503
    assert call.headers["connection"] == "close"
    assert int(call.headers["retry-after"]) >= 1
    assert ErrorAnswer.model_validate(call.json).error.code == code


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
async def test_who_watches_the_process_is_answered_all_the_same(app: FastAPI, path: str) -> None:
    begin_drain(app)
    assert (await ask(app, path, is_crowded=True)).status == 200
    assert (await ask(app, "/readyz")).json["error"]["code"] == "not_ready"


async def test_what_was_accepted_before_the_drain_is_answered(app: FastAPI, service: FakeService) -> None:
    call = chat_call(app, stream=True)
    task = call.start()
    await call.wait_for("Hello")
    begin_drain(app)
    await task
    assert call.events[-1] == "[DONE]"


async def test_before_all_is_served(app: FastAPI) -> None:
    assert (await ask(app, "/v1/models")).status == 200
