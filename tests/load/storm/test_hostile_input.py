"""The hostile storm holds with a server that says no shortly and at once, and breaks with every other one."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from load.hostile import HostileCase
from load.storm import hostile_input
from load.storm.hostile_input import Findings, Reaction, Reception, judge
from tests.load.storm.fake_server import DEADLINE_S, TINY, Asked, CloseConnectionError, FakeServer, http
from tests.load.storm.verdicts import broken, value

CASE = HostileCase("bad", b"GET /bad HTTP/1.1\r\n\r\n")
HALF = HostileCase("half", b"GET /ba")
LARGE = HostileCase("large", b"GET /bad HTTP/1.1\r\n\r\n", is_oversize=True)


async def rage(raw: bytes | None, case: HostileCase = CASE, *, is_closing_silent: bool = True) -> set[str]:
    """What breaks when one known case is answered by `raw`, or by hanging up."""

    async def answer(asked: Asked) -> bytes:
        if raw is None:
            raise CloseConnectionError
        return raw

    scale = replace(TINY, num_hostile=1)
    server = FakeServer(routes={"/bad": answer}, scale=scale, is_closing_silent=is_closing_silent)
    async with server, asyncio.timeout(DEADLINE_S):
        figures = judge(await hostile_input.drive(server.arena, cases=[case], closed_within_s=0.5))
    # What none was looked at for breaks too; that says nothing of a single case.
    return broken([found for found in figures if found.value])


@pytest.mark.parametrize(
    ("raw", "promises"),
    [
        (http(400, b"{}"), set()),
        (None, set()),
        (http(500, b"{}"), {"5xx, or not HTTP"}),
        (b"what?\r\n\r\n", {"5xx, or not HTTP"}),
        (http(200, b"{}"), {"known cases that are not refused"}),
        (http(400, b"x" * 5000), {"refusals over 4096 bytes"}),
    ],
    ids=["refused", "closed", "500", "not HTTP", "accepted", "large"],
)
async def test_a_known_case_must_be_refused_shortly_or_cut_off(raw: bytes | None, promises: set[str]) -> None:
    assert await rage(raw) == promises


async def test_half_a_request_must_be_closed_in_time() -> None:
    assert await rage(None, HALF) == set()
    assert await rage(None, HALF, is_closing_silent=False) == {"connections never closed"}


async def test_oversized_requests_may_take_more() -> None:
    assert await rage(http(400, b"x" * 5000), LARGE) == set()


async def test_a_mutation_that_is_a_good_request_is_counted_and_not_held_against_the_server() -> None:
    async def answer(asked: Asked) -> bytes:
        return http(400, b"{}") if num_bad.pop() else http(200, b"{}")

    num_bad = [*[False] * 100, True]
    server = FakeServer(routes={"/bad": answer}, scale=replace(TINY, num_hostile=30))
    async with server, asyncio.timeout(DEADLINE_S):
        found = await hostile_input.drive(server.arena, cases=[CASE], closed_within_s=5)
    assert len(found.received) == 30
    assert broken(judge(found)) == set()
    assert value(judge(found), "mutations that are good requests") >= 1


def test_a_refusal_has_its_time_and_one_that_waited_for_the_rest_has_more() -> None:
    quick = Reception(CASE, True, Reaction.ANSWERED, 50, 400, 100)
    slow = replace(quick, took_ms=51)
    waited = replace(quick, reaction=Reaction.WAITED, took_ms=3000, status=408)
    assert broken(judge(Findings([quick, waited], 0)), judges_timings=True) == set()
    assert broken(judge(Findings([quick, slow], 0)), judges_timings=True) == {"slowest refusal"}


def test_an_error_that_only_the_server_saw_breaks() -> None:
    quick = Reception(CASE, True, Reaction.ANSWERED, 5, 400, 100)
    assert broken(judge(Findings([quick], 1))) == {"5xx that the server counted"}
