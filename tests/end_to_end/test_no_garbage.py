"""What a request leaves behind goes with it: garbage in cycles would gather until a collection stops every thread."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from app.errors import QueueFullError
from app.main import create_app
from app.settings import Settings
from tests.api.asgi_call import AsgiCall, chat_call
from tests.api.fake_service import FakeService, make_factory
from tests.api.test_door import Caller
from tests.service.chat_harness import running
from tests.service.fake_engine import FakeEngine

_NUM_REQUESTS = 5


@pytest.fixture(autouse=True)
def _no_collections() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


def garbage() -> Counter[str]:
    """What only the collector would free now, by type."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    gc.set_debug(0)
    found = Counter(type(item).__qualname__ for item in gc.garbage)
    gc.garbage.clear()
    return found


async def left_by(make: Callable[[], AsgiCall], *, leave_at: str = "") -> Counter[str]:
    """The garbage of some requests, after a first one that may fill caches."""
    for number in range(1 + _NUM_REQUESTS):
        call = make()
        if leave_at:
            task = call.start()
            await call.wait_for(leave_at)
            call.disconnect()
            await asyncio.wait([task])
            del task
        else:
            await call.run()
        assert call.sent
        del call
        for _ in range(5):  # what was cancelled gets to its end
            await asyncio.sleep(0)
        if number == 0:
            garbage()
    return garbage()


def app_around(chat: Any) -> FastAPI:
    service = FakeService()
    service.chat = chat
    app = create_app(Settings(sse_ping_interval_s=3600, _env_file=None), service_factory=make_factory(service))
    app.state.service = service
    return app


@pytest.mark.parametrize("fields", [{}, {"stream": True}, {"stop": ["l"]}, {"n": 2, "stream": True}])
async def test_an_answer_leaves_none(fields: dict[str, Any]) -> None:
    async with running(FakeEngine()) as harness:
        app = app_around(harness.chat)
        assert not await left_by(lambda: chat_call(app, **fields))


async def test_a_client_that_leaves_leaves_none() -> None:
    async with running(FakeEngine([10] * 10_000)) as harness:
        app = app_around(harness.chat)
        assert not await left_by(lambda: chat_call(app, stream=True, max_tokens=5_000), leave_at="data: ")


async def test_a_refusal_at_the_door_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise QueueFullError("full", retry_after_s=1)

    caller = Caller(None)
    monkeypatch.setattr(caller.service.chat, "check", refuse)
    caller.ask()
    garbage()
    for _ in range(_NUM_REQUESTS):
        assert caller.ask() is not None
    assert not garbage()


async def test_bad_input_leaves_none() -> None:
    app = app_around(FakeService().chat)
    assert not await left_by(lambda: chat_call(app, temperature="hot"))
