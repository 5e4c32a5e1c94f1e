"""An open loop keeps its plan whatever happens; a closed one waits. In virtual time, so every second is exact."""

from __future__ import annotations

import asyncio

import pytest

from load.loops import closed_loop, open_loop
from tests.load.virtual_time import Clock, run_virtual

PLAN = [0.0, 0.5, 0.6, 2.0]


def test_an_open_loop_asks_at_the_planned_moments_though_nothing_is_answered() -> None:
    async def main(clock: Clock) -> list[tuple[int, float, float]]:
        async def ask(number: int, due: float) -> tuple[int, float, float]:
            sent = clock.now()
            await asyncio.sleep(100)
            return number, due, sent

        return await open_loop(ask, plan=PLAN, began=0.0, now=clock.now)

    found = run_virtual(main)
    assert [number for number, _, _ in found] == [0, 1, 2, 3]
    assert [due for _, due, _ in found] == PLAN
    assert [sent for _, _, sent in found] == pytest.approx(PLAN)


def test_an_open_loop_that_was_held_up_asks_all_that_was_due_and_says_since_when() -> None:
    async def main(clock: Clock) -> list[tuple[float, float]]:
        async def ask(number: int, due: float) -> tuple[float, float]:
            sent = clock.now()
            if number == 1:
                clock.seconds += 10.0  # this very process does nothing for so long
            return due, sent

        return await open_loop(ask, plan=PLAN, began=0.0, now=clock.now)

    found = run_virtual(main)
    assert [due for due, _ in found] == PLAN
    assert [sent for _, sent in found] == pytest.approx([0.0, 0.5, 10.5, 10.5])


def test_a_closed_loop_has_one_request_a_client_and_starts_none_after_its_time() -> None:
    async def main(clock: Clock) -> list[float]:
        async def ask(client: int) -> float:
            sent = clock.now()
            await asyncio.sleep(0.4 + client)
            return sent

        return await closed_loop(ask, num_clients=2, duration_s=1.0, now=clock.now)

    assert sorted(run_virtual(main)) == pytest.approx([0.0, 0.0, 0.4, 0.8])
