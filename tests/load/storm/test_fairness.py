"""The fairness storm holds with a server that shares by key and breaks with one that lets a crowd go first."""

from __future__ import annotations

import asyncio

import pytest

from load.storm import fairness
from load.storm.arena import Arena
from load.storm.fairness import GREEDY, MODEST, Findings, judge
from load.storm.outcome import Fate, Outcome
from load.storm.peak import Peak
from tests.load.storm.fake_server import DEADLINE_S, Asked, FakeServer, chat_answer, http
from tests.load.storm.verdicts import broken, value

SLOWER = "its p99 beside another at 20 times its share"
UNSERVED = "its requests not answered"


def outcomes(latency_s: float, *, fate: Fate = Fate.COMPLETE, number: int = 100) -> list[Outcome]:
    return [Outcome(0.1 * n, 0.1 * n, 0.1 * n + latency_s, fate, 200) for n in range(number)]


def arena_of(server: FakeServer) -> Arena:
    """Its peak is given, so that how many requests there are does not depend on the machine."""
    arena = server.arena
    arena._peaks.append(Peak(goodput=1000, p50_ms=1, p99_ms=1, deadline_s=DEADLINE_S, calm_p99_ms=1))
    return arena


async def test_each_key_asks_with_its_own_and_the_greedy_one_asks_for_more() -> None:
    async with FakeServer() as server, asyncio.timeout(DEADLINE_S):
        figures = await fairness.rage(arena_of(server))
    names = [asked.headers.get("authorization") for asked in server.asked]
    assert names.count(f"Bearer {GREEDY}") > 3 * names.count(f"Bearer {MODEST}") > 0
    assert broken(figures) == set()
    assert value(figures, "share of each key") > 0


async def test_a_server_that_fails_the_greedy_one_breaks_a_promise_too() -> None:
    async def answer(asked: Asked) -> bytes:
        is_greedy = asked.headers.get("authorization") == f"Bearer {GREEDY}"
        return http(500, b"{}") if is_greedy else chat_answer(asked)

    async with FakeServer(routes={"/v1/chat/completions": answer}) as server, asyncio.timeout(DEADLINE_S):
        assert broken(await fairness.rage(arena_of(server))) == {"requests without a proper answer"}


@pytest.mark.parametrize(
    ("pressed", "promises"),
    [
        (outcomes(0.19), set()),
        (outcomes(0.21), {SLOWER}),
        (outcomes(0.1, fate=Fate.REFUSED, number=1) + outcomes(0.1), {UNSERVED}),
        (outcomes(0.1, fate=Fate.EXPIRED, number=1) + outcomes(0.1), {UNSERVED}),
    ],
    ids=["fair", "slower", "refused", "expired"],
)
def test_the_modest_key_is_served_and_at_most_twice_as_slow(pressed: list[Outcome], promises: set[str]) -> None:
    greedy = outcomes(0.01, fate=Fate.REFUSED)
    found = Findings(10.0, outcomes(0.1), pressed, greedy)
    assert broken(judge(found), judges_timings=True) == promises
    assert broken(judge(found)) == set()
