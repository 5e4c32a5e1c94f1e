"""The storm of faults holds with a server whose faults end in typed errors, and breaks if anything is kept of them."""

from __future__ import annotations

import asyncio

import pytest

from load.storm import faults
from load.storm.faults import STAGES, Findings, judge
from load.storm.meters import Meters
from load.storm.outcome import Fate, Outcome
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
from tests.load.storm.verdicts import broken

COUNTED = {f'unblocked_faults_injected_total{{stage="{stage}"}}': 0.0 for stage in STAGES}


async def rage(fault: bytes | None, *, is_for_good: bool = False, meters: dict[str, float] | None = None) -> set[str]:
    """What breaks when every other request meets `fault`, or all do. The server counts one fault at each stage."""

    async def answer(asked: Asked) -> bytes:
        server.meters.update(dict.fromkeys(COUNTED, 1.0))
        if not is_for_good and len(server.asked) % 2:
            return chat_answer(asked)
        if fault is None:
            raise CloseConnectionError
        return fault

    server = FakeServer(routes={"/v1/chat/completions": answer}, meters=COUNTED | (meters or {}))
    async with server, asyncio.timeout(DEADLINE_S):
        found = await faults.drive(server.arena, idle_within_s=0.1, max_tries=20)
    return broken(judge(found, wanted=len(STAGES)), judges_timings=True)


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
    # Its last request may be cut off in the middle, and then has no answer either.
    assert "a later request that was fine" in await rage(http(500, b"{}"), is_for_good=True)


def test_too_few_faults_break_and_so_does_a_stage_without_one() -> None:
    fine = Outcome(0, 0, 1, Fate.COMPLETE, 200)

    def promises(counted: dict[str, float]) -> set[str]:
        return broken(judge(Findings([fine], [fine], Meters(counted)), wanted=100), judges_timings=True)

    assert promises(dict.fromkeys(COUNTED, 10.0)) == set()
    assert promises(dict.fromkeys(COUNTED, 1.0)) == {"faults injected"}
    assert promises(dict.fromkeys(list(COUNTED)[1:], 10.0)) == {"stages without a fault"}
