"""What the loop could do meanwhile is counted right, without a look at how long anything took."""

from __future__ import annotations

import asyncio
import threading

from app.lab.ticks import count_ticks

DEADLINE_S = 30


async def test_no_tick_is_counted_while_the_loop_is_held() -> None:
    async with asyncio.timeout(DEADLINE_S), count_ticks() as ticks:
        ticks.begin()
        threading.Event().wait(0.05)
        report = ticks.report()
    assert report.num_ticks == 0
    assert report.max_delay_ms > 0
    assert report.num_possible_ticks >= 25


async def test_ticks_are_counted_while_a_thread_works() -> None:
    seen_enough = threading.Event()

    async def release_after_ten_turns() -> None:
        for _ in range(10):
            await asyncio.sleep(0.01)
        seen_enough.set()

    async with asyncio.timeout(DEADLINE_S), count_ticks() as ticks:
        ticks.begin()
        task = asyncio.create_task(release_after_ten_turns())
        assert await asyncio.to_thread(seen_enough.wait, DEADLINE_S)
        report = ticks.report()
        await task
    assert report.num_ticks >= 5


async def test_an_overdue_tick_counts_with_its_delay_before_it_could_wake() -> None:
    async with asyncio.timeout(DEADLINE_S), count_ticks() as ticks:
        ticks.begin()
        threading.Event().wait(0.05)  # nobody sets it: the loop's own thread is held
        held = ticks.report()
    assert 0 < held.max_delay_ms <= held.took_ms


async def test_wakes_before_the_work_began_are_not_counted() -> None:
    async with asyncio.timeout(DEADLINE_S), count_ticks() as ticks:
        threading.Event().wait(0.05)
        await asyncio.sleep(0.01)
        ticks.begin()
        report = ticks.report()
    assert report.num_ticks == 0


async def test_the_ticking_ends_with_the_block() -> None:
    before = asyncio.all_tasks()
    async with asyncio.timeout(DEADLINE_S), count_ticks():
        started = asyncio.all_tasks() - before
    await asyncio.wait(started, timeout=DEADLINE_S)
    assert len(started) == 1
    assert all(task.cancelled() for task in started)
