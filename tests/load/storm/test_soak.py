"""A soak holds when nothing grows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from load.storm import soak
from load.storm.outcome import Fate, Outcome
from load.storm.proc import ProcessState
from load.storm.soak import Findings, Look, judge, memory_slope_mb_per_min
from tests.load.storm.fake_server import DEADLINE_S, FakeServer
from tests.load.storm.verdicts import broken

GOOD = Outcome(0, 0, 1, Fate.COMPLETE, 200)


def looks(
    rss_mb: Callable[[int], float],
    *,
    fds: Callable[[int], int] = lambda n: 20,
    threads: Callable[[int], int] = lambda n: 9,
) -> list[Look]:
    return [(float(n), ProcessState(int(rss_mb(n) * 1e6), fds(n), threads(n))) for n in range(300)]


def test_the_slope_is_that_of_all_looks() -> None:
    assert memory_slope_mb_per_min(looks(lambda n: 500 + n / 30)) == pytest.approx(2, rel=1e-3)
    assert memory_slope_mb_per_min(looks(lambda n: 500 + 50 * (n % 2))) == pytest.approx(0, abs=0.2)
    assert memory_slope_mb_per_min([]) == 0


@pytest.mark.parametrize(
    ("found", "promises"),
    [
        (looks(lambda n: min(600, 500 + 10 * n)), set()),
        (looks(lambda n: 500 + n / 50), {"memory growth"}),
        (looks(lambda n: 500, fds=lambda n: 20 + n // 10), {"descriptors more in the second half"}),
        (looks(lambda n: 500, threads=lambda n: 9 + n // 200), {"threads more in the second half"}),
    ],
    ids=["fills up and stays", "memory", "descriptors", "threads"],
)
def test_what_grows_after_the_warm_up_breaks(found: list[Look], promises: set[str]) -> None:
    assert broken(judge(Findings([GOOD], found)), judges_timings=True) == promises


def test_every_request_must_be_answered() -> None:
    bad = Outcome(0, 0, 1, Fate.REFUSED, 503)
    assert broken(judge(Findings([GOOD, bad], looks(lambda n: 500)))) == {"requests not answered"}


async def test_it_looks_at_the_process_while_it_asks() -> None:
    async with FakeServer() as server, asyncio.timeout(DEADLINE_S):
        found = await soak.drive(server.arena)
    assert found.looks
    assert {outcome.fate for outcome in found.outcomes} == {Fate.COMPLETE}
