"""/healthz is asked on an even beat from a process of its own, and one answer that is not 200 is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import pairwise

import pytest

from load.storm.health import judge_health, watched_health
from load.storm.health_probe import probe
from tests.load.storm.fake_server import DEADLINE_S, Asked, FakeServer, http
from tests.load.storm.verdicts import broken, value


def stops_after(count: int) -> Iterator[bool]:
    yield from [False] * count
    yield True


async def test_it_pings_until_told_to_stop_and_notes_what_is_not_200() -> None:
    statuses = iter([200, 503, 200])

    async def health(asked: Asked) -> bytes:
        return http(next(statuses), b"{}")

    async with FakeServer(routes={"/healthz": health}) as server, asyncio.timeout(DEADLINE_S):
        stops = stops_after(3)
        pings = await asyncio.to_thread(
            probe, "127.0.0.1", server.port, interval_s=0.001, wait=lambda seconds: next(stops)
        )
    assert [status for *_, status in pings] == [200, 503, 200]
    assert [later[0] - earlier[0] for earlier, later in pairwise(pings)] == pytest.approx([0.001] * 2)
    assert broken(judge_health(pings, p99_ms=1e6)) == {"/healthz answers that are not 200"}


def test_a_server_that_is_not_there_breaks_the_promise() -> None:
    stops = stops_after(2)
    pings = probe("127.0.0.1", 1, interval_s=0.001, wait=lambda seconds: next(stops))
    assert broken(judge_health(pings, p99_ms=1e6)) == {"/healthz answers that are not 200"}


def test_waits_count_from_when_the_ping_was_due() -> None:
    figures = judge_health([(0.0, 0.5, 0.501, 200)], p99_ms=20)
    assert value(figures, "/healthz p99") == pytest.approx(501)
    assert broken(figures, judges_timings=True) == {"/healthz p99"}
    assert broken(judge_health([], p99_ms=20), judges_timings=True)


async def test_the_watching_process_tells_its_pings_when_the_block_ends() -> None:
    came = asyncio.Event()

    async def health(asked: Asked) -> bytes:
        came.set()
        return http(200, b"{}")

    async with (
        asyncio.timeout(DEADLINE_S),
        FakeServer(routes={"/healthz": health}) as server,
        watched_health(server.target, interval_s=0.01) as watch,
    ):
        await came.wait()
    assert watch.pings
    assert {status for *_, status in watch.pings} == {200}
