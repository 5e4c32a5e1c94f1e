"""The storm of faults holds with a server whose faults end in typed errors, and breaks if anything is kept of them."""

from __future__ import annotations

import asyncio

import pytest

from load.storm import faults
from load.storm.faults import judge
from tests.load.storm.fake_server import (
    DEADLINE_S,
    Asked,
    CloseConnectionError,
    FakeServer,
    chat_answer,
    event,
    http,
    stream,
)
from tests.load.storm.verdicts import broken, value


async def rage(fault: bytes | None, *, is_for_good: bool = False, meters: dict[str, float] | None = None) -> set[str]:
    """What breaks when every other request meets `fault`, or all do."""

    async def answer(asked: Asked) -> bytes:
        if not is_for_good and len(server.asked) % 2:
            return chat_answer(asked)
        if fault is None:
            raise CloseConnectionError
        return fault

    server = FakeServer(routes={"/v1/chat/completions": answer}, meters=meters or {})
    async with server, asyncio.timeout(DEADLINE_S):
        found = await faults.drive(server.arena, idle_within_s=0.1)
    figures = judge(found, wanted=1)
    assert value(figures, "requests hit by a fault") >= 1
    return broken(figures, judges_timings=True)


@pytest.mark.parametrize("fault", [http(500, b"{}"), stream(event(error={"code": "x"}))], ids=["500", "in a stream"])
async def test_typed_errors_hold(fault: bytes) -> None:
    assert await rage(fault) == set()


async def test_a_request_without_an_answer_breaks() -> None:
    assert await rage(None) == {"requests without an answer"}


async def test_a_stream_that_ends_without_a_word_breaks() -> None:
    assert await rage(stream(event(choices=[]))) == {"streams that end without a word"}


async def test_a_gauge_that_is_not_back_breaks() -> None:
    assert await rage(http(500, b"{}"), meters={"unblocked_accepted_tokens": 3}) == {"gauges that hold something"}


async def test_a_server_that_never_serves_again_breaks() -> None:
    assert await rage(http(500, b"{}"), is_for_good=True) == {"a later request that was fine"}
