"""The storm of silence holds with a server that closes what says nothing, and breaks with one that waits for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from load.storm import silence
from load.storm.silence import Findings, judge
from tests.load.storm.fake_server import DEADLINE_S, FakeServer
from tests.load.storm.verdicts import broken

PINGS = [(0.0, 0.0, 0.001, 200)]
GOOD = Findings(num_connections=7, num_open=0, rss_before_bytes=100_000_000, rss_peak_bytes=199_000_000, pings=PINGS)


async def test_a_server_that_closes_them_holds() -> None:
    async with FakeServer() as server, asyncio.timeout(DEADLINE_S):
        found = await silence.drive(server.arena, patience_s=DEADLINE_S)
    assert (found.num_connections, found.num_open) == (7, 0)
    assert server.num_connections >= 7
    assert broken(judge(found)) == set()


async def test_a_server_that_waits_for_ever_breaks() -> None:
    async with FakeServer(is_closing_silent=False) as server, asyncio.timeout(DEADLINE_S):
        found = await silence.drive(server.arena, patience_s=0.2)
    assert found.num_open == 7
    assert broken(judge(found)) == {"connections open after their deadline"}


def test_memory_and_health_have_their_bars() -> None:
    assert broken(judge(GOOD), judges_timings=True) == set()
    assert broken(judge(replace(GOOD, rss_peak_bytes=201_000_000))) == {"memory more than before"}
    assert broken(judge(replace(GOOD, pings=[(0.0, 0.0, 0.021, 200)])), judges_timings=True) == {"/healthz p99"}
    assert broken(judge(replace(GOOD, pings=[(0.0, 0.0, 0.001, 0)]))) == {"/healthz answers that are not 200"}
