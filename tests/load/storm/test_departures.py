"""The storm of those who leave holds with a server that lets go, and breaks with one that keeps something of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator

import pytest

from load.storm import departures
from load.storm.departures import Findings, judge
from load.storm.meters import Meters
from load.storm.proc import ProcessState
from tests.load.storm.fake_server import DEADLINE_S, FakeServer
from tests.load.storm.verdicts import broken, value

CALM = ProcessState(rss_bytes=1, num_fds=10, num_threads=5)


async def rage(server: FakeServer) -> set[str]:
    async with server, asyncio.timeout(DEADLINE_S):
        return broken(judge(await departures.drive(server.arena, idle_within_s=0.3)))


async def test_a_server_that_lets_go_holds() -> None:
    server = FakeServer(is_closing_silent=False)  # a slow machine must not make the reader of meters come twice
    assert await rage(server) == set()
    num_visits = (server.scale.num_leaving_rounds + 1) * server.scale.num_leavers
    assert num_visits < server.num_connections <= num_visits + 1


async def test_a_gauge_that_still_holds_something_breaks() -> None:
    assert await rage(FakeServer(meters={"unblocked_accepted_requests": 1})) == {
        "rounds after which gauges held something"
    }


@pytest.fixture
def leaks() -> Iterator[list[int]]:
    opened: list[int] = []
    yield opened
    for descriptor in opened:
        os.close(descriptor)


async def test_a_descriptor_kept_of_each_visit_breaks(leaks: list[int]) -> None:
    assert await rage(FakeServer(on_gone=lambda: leaks.extend(os.pipe()))) == {"descriptors more than before"}


async def test_an_engine_that_works_on_for_nobody_breaks() -> None:
    server = FakeServer(meters={"unblocked_sequences_running": 0.0, "unblocked_engine_step_seconds_count": 0.0})

    async def work() -> None:
        while True:
            await asyncio.sleep(0)
            server.meters["unblocked_engine_step_seconds_count"] += 1
            server.meters["unblocked_sequences_running"] = server.meters["unblocked_engine_step_seconds_count"] % 50

    task = asyncio.create_task(work())
    found = await rage(server)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert "steps after the last had left, most" in found


async def test_a_task_kept_of_each_visit_breaks() -> None:
    tasks = {"unblocked_event_loop_tasks": 3.0}

    def keep() -> None:
        tasks["unblocked_event_loop_tasks"] += 1

    assert await rage(FakeServer(meters=tasks, on_gone=keep)) == {"tasks more than before"}


def test_what_left_and_what_was_wasted_is_counted_from_the_first_look_on() -> None:
    before = Meters({'unblocked_requests_cancelled_total{stage="queued"}': 1, "unblocked_tokens_wasted_total": 5})
    after = Meters({'unblocked_requests_cancelled_total{stage="queued"}': 4, "unblocked_tokens_wasted_total": 9})
    figures = judge(Findings([0, 2], 0, before, after, CALM, CALM))
    assert broken(figures) == set()
    assert value(figures, "clients that left (by stage)") == 3
    assert value(figures, "tokens wasted") == 4


@pytest.mark.parametrize(
    ("state", "promise"),
    [
        (ProcessState(1, 11, 5), "descriptors more than before"),
        (ProcessState(1, 10, 6), "threads more than before"),
    ],
)
def test_one_more_than_before_is_too_many(state: ProcessState, promise: str) -> None:
    assert broken(judge(Findings([0], 0, Meters({}), Meters({}), CALM, state))) == {promise}
