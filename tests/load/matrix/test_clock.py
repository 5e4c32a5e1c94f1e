"""The watch sees a loop that stands."""

from __future__ import annotations

import asyncio
import time

from load.matrix.clock import wall_s, watched


async def test_a_loop_that_stands_is_seen_for_as_long_as_it_stands() -> None:
    async def standing() -> str:
        time.sleep(0.2)  # noqa: ASYNC251 (what is to be seen)
        return "done"

    seen = await watched(standing)
    assert seen.loop_stop_s > 0.15
    assert seen.wall_s >= 0.2
    assert seen.result == "done"


async def test_a_result_and_the_time_of_work_that_waits_are_told() -> None:
    async def waiting() -> None:
        await asyncio.sleep(0)

    assert (await watched(waiting)).wall_s >= 0


def test_the_shortest_of_several_runs_counts() -> None:
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        if len(calls) == 1:
            time.sleep(0.2)

    assert wall_s(work, repeat=2) < 0.2
    assert len(calls) == 2
