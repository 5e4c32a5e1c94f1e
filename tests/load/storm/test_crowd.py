"""A closed loop waits for its answers, an open loop for nobody, and no server makes them raise."""

from __future__ import annotations

import asyncio
import time

from load.storm import wire
from load.storm.connection import Pool, Target
from load.storm.crowd import ask, closed_loop, open_loop
from load.storm.outcome import Fate
from tests.load.storm.fake_server import DEADLINE_S, Asked, CloseConnectionError, FakeServer, http


async def test_a_closed_loop_never_has_more_requests_under_way_than_clients() -> None:
    under_way, most = 0, 0

    async def answer(asked: Asked) -> bytes:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return http(200, b"{}")

    async with FakeServer(routes={"/x": answer}) as server, asyncio.timeout(DEADLINE_S), Pool(server.target) as pool:
        outcomes = await closed_loop(pool, lambda _: wire.get(server.target, "/x"), num_clients=3, duration_s=0.1)
    assert 1 <= most <= 3
    assert len(outcomes) == len(server.asked) >= 3


async def test_an_open_loop_sends_what_is_due_while_nothing_is_answered_and_counts_from_when_it_was_due() -> None:
    all_came = asyncio.Event()

    async def answer(asked: Asked) -> bytes:
        if len(server.asked) == 4:
            all_came.set()
        await all_came.wait()
        return http(200, b"{}")

    plan = [0.0, 0.01, 0.02, 0.03]
    async with FakeServer(routes={"/x": answer}) as server, asyncio.timeout(DEADLINE_S), Pool(server.target) as pool:
        began = time.perf_counter()
        outcomes = await open_loop(pool, lambda _: wire.get(server.target, "/x"), plan=plan, began=began)
    assert [outcome.planned - began for outcome in outcomes] == plan or len(outcomes) == 4
    assert all(outcome.latency_s >= began + 0.03 - outcome.planned for outcome in outcomes)


async def test_an_open_loop_that_is_late_sends_at_once_and_says_how_late() -> None:
    async with FakeServer() as server, asyncio.timeout(DEADLINE_S), Pool(server.target) as pool:
        (late,) = await open_loop(
            pool, lambda _: wire.get(server.target, "/healthz"), plan=[0.0], began=time.perf_counter() - 5
        )
    assert late.sent - late.planned >= 5
    assert late.latency_s >= 5


async def test_requests_without_an_answer_are_lost() -> None:
    async def hang_up(asked: Asked) -> bytes:
        raise CloseConnectionError

    async with FakeServer(routes={"/x": hang_up}) as server, asyncio.timeout(DEADLINE_S), Pool(server.target) as pool:
        assert (await ask(pool, wire.get(server.target, "/x"))).fate is Fate.LOST
    async with Pool(Target("127.0.0.1", 1, 0)) as nobody:
        assert (await ask(nobody, b"")).fate is Fate.LOST
