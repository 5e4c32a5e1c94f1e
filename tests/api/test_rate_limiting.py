from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from app.api.answer_schemas import ErrorAnswer
from app.api.api_keys import key_line
from app.errors import DeadlineExceededError, QueueFullError
from app.settings import Settings
from tests.api.asgi_call import AsgiCall, chat_body
from tests.api.fake_service import USAGE, FakeService

ALICE, BOB = "ub-alice", "ub-bob"
NUM_USED = USAGE.num_prompt_tokens + USAGE.num_completion_tokens
CHAT = "/v1/chat/completions"


@pytest.fixture
def settings() -> Settings:
    keys = f"{key_line(ALICE, name='alice')},{key_line(BOB, name='bob')} requests_per_minute=3 tokens_per_minute=1000"
    return Settings(api_keys=keys, requests_per_minute=2, default_max_tokens=100, _env_file=None)


async def ask(app: FastAPI, key: str, path: str = CHAT, **fields: Any) -> AsgiCall:
    headers = [(b"content-type", b"application/json"), (b"authorization", b"Bearer " + key.encode())]
    call = AsgiCall(app, path=path, headers=headers, body=chat_body(**fields))
    await call.run()
    return call


def left(call: AsgiCall, what: str = "tokens") -> int:
    return int(call.headers[f"x-ratelimit-remaining-{what}"])


async def test_more_requests_than_a_key_may_send_are_429_and_other_keys_are_served(app: FastAPI) -> None:
    good = [await ask(app, ALICE) for _ in range(2)]
    assert [call.status for call in good] == [200, 200]
    assert [left(call, "requests") for call in good] == [1, 0]
    assert "x-ratelimit-limit-tokens" not in good[0].headers
    refused = await ask(app, ALICE)
    assert refused.status == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    assert (refused.headers["x-ratelimit-limit-requests"], left(refused, "requests")) == ("2", 0)
    error = ErrorAnswer.model_validate(refused.json).error
    assert (error.type, error.code) == ("rate_limit_error", "rate_limit_exceeded")
    assert (await ask(app, BOB)).status == 200


async def test_every_route_of_the_api_counts_and_none_besides(app: FastAPI) -> None:
    await ask(app, ALICE, "/v1/nothing")
    await ask(app, ALICE, "/v1/tokenize")
    assert (await ask(app, ALICE, "/v1/models")).status == 429
    assert (await ask(app, ALICE, "/nothing")).status == 404
    assert (await ask(app, ALICE, "/healthz")).status == 405


async def test_tokens_are_reserved_before_and_settled_after(app: FastAPI) -> None:
    assert left(await ask(app, BOB, max_tokens=900, stream=True)) <= 100  # while the answer is being made
    assert left(await ask(app, BOB, max_tokens=10)) in range(1000 - NUM_USED - 10, 1000)


async def test_what_a_key_has_no_tokens_for_is_429_before_any_work(app: FastAPI, service: FakeService) -> None:
    service.chat.steps = []  # never ends
    running = AsgiCall(
        app,
        path=CHAT,
        body=chat_body(max_tokens=950, stream=True),
        headers=[(b"content-type", b"application/json"), (b"authorization", b"Bearer " + BOB.encode())],
    )
    task = running.start()
    await running.wait_for("assistant")
    refused = await ask(app, BOB)  # of default_max_tokens
    assert refused.status == 429
    assert "1000 tokens a minute" in refused.text
    assert len(service.chat.requests) == 1
    running.disconnect()
    await task
    assert (await ask(app, BOB, max_tokens=500)).status == 429  # it broke off: what it could have used is gone


async def test_a_request_that_was_refused_costs_no_tokens(app: FastAPI, service: FakeService) -> None:
    service.chat.error = QueueFullError("full")
    assert (await ask(app, BOB, max_tokens=990)).status == 503
    service.chat.error = None
    assert (await ask(app, BOB, max_tokens=990)).status == 200


async def test_one_that_ran_out_of_time_costs_what_it_could_have_used(app: FastAPI, service: FakeService) -> None:
    service.chat.error = DeadlineExceededError("late")
    assert (await ask(app, BOB, max_tokens=990)).status == 504
    service.chat.error = None
    assert (await ask(app, BOB, max_tokens=990)).status == 429


async def test_the_prompts_length_counts(app: FastAPI) -> None:
    content = "x" * 3000
    call = await ask(app, BOB, max_tokens=1, messages=[{"role": "user", "content": content}], stream=True)
    assert left(call) in range(240, 260)
