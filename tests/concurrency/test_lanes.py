"""app/concurrency/lanes.py"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextvars import ContextVar

import pytest

from app.concurrency.lanes import LanedExecutor, use_lane

_DEADLINE_S = 10
_request_id: ContextVar[str] = ContextVar("request_id", default="none")


@pytest.fixture
async def executor() -> AsyncIterator[LanedExecutor]:
    executor = LanedExecutor(max_workers=2)
    asyncio.get_running_loop().set_default_executor(executor)
    yield executor
    executor.shutdown()


@pytest.mark.usefixtures("executor")
async def test_a_lane_is_one_thread_for_good_even_while_all_shared_threads_are_busy() -> None:
    release = threading.Event()
    busy = [asyncio.create_task(asyncio.to_thread(release.wait)) for _ in range(20)]
    await asyncio.sleep(0)
    try:
        with use_lane("engine"):
            async with asyncio.timeout(_DEADLINE_S):
                threads = {await asyncio.to_thread(threading.get_ident) for _ in range(50)}
    finally:
        release.set()
        await asyncio.gather(*busy)
    assert len(threads) == 1


@pytest.mark.usefixtures("executor")
async def test_lanes_and_shared_threads_are_all_different_threads() -> None:
    shared = {await asyncio.to_thread(threading.get_ident) for _ in range(5)}
    with use_lane("first"):
        first = await asyncio.to_thread(threading.get_ident)
    with use_lane("second"):
        second = await asyncio.to_thread(threading.get_ident)
    assert len({first, second} | shared) == 2 + len(shared)
    assert threading.get_ident() not in {first, second} | shared


@pytest.mark.usefixtures("executor")
async def test_a_lane_ends_with_its_block_and_belongs_to_its_task_only() -> None:
    inside, outside = asyncio.Event(), asyncio.Event()

    async def in_lane() -> int:
        with use_lane("engine"):
            inside.set()
            await outside.wait()
            return await asyncio.to_thread(threading.get_ident)

    task = asyncio.create_task(in_lane())
    await inside.wait()
    other = await asyncio.to_thread(threading.get_ident)
    outside.set()
    lane = await task
    with use_lane("engine"):
        pass
    assert lane not in {other, await asyncio.to_thread(threading.get_ident)}


@pytest.mark.usefixtures("executor")
async def test_context_variables_reach_the_lane() -> None:
    _request_id.set("r-1")
    with use_lane("engine"):
        assert await asyncio.to_thread(_request_id.get) == "r-1"


async def test_shared_threads_stay_bounded(executor: LanedExecutor) -> None:
    running: set[int] = set()
    release = threading.Event()

    def hold() -> None:
        running.add(threading.get_ident())
        release.wait()

    tasks = [asyncio.create_task(asyncio.to_thread(hold)) for _ in range(10)]
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(*tasks)
    assert len(running) <= 2


async def test_shutdown_ends_lanes_and_shared_threads_and_refuses_more(executor: LanedExecutor) -> None:
    shared = await asyncio.to_thread(threading.current_thread)
    with use_lane("engine"):
        lane = await asyncio.to_thread(threading.current_thread)
        executor.shutdown()
        assert not shared.is_alive()
        assert not lane.is_alive()
        with pytest.raises(RuntimeError, match="after shutdown"):
            await asyncio.to_thread(threading.get_ident)
    with use_lane("made too late"), pytest.raises(RuntimeError, match="after shutdown"):
        await asyncio.to_thread(threading.get_ident)
    with pytest.raises(RuntimeError, match="after shutdown"):
        await asyncio.to_thread(threading.get_ident)


def test_the_loop_closes_the_lanes_with_its_default_executor() -> None:
    async def main() -> threading.Thread:
        asyncio.get_running_loop().set_default_executor(LanedExecutor(1))
        with use_lane("engine"):
            return await asyncio.to_thread(threading.current_thread)

    assert not asyncio.run(main()).is_alive()


def test_a_call_that_never_returns_does_not_hold_the_shutdown() -> None:
    release = threading.Event()
    executor = LanedExecutor(1, join_timeout_s=0.05)
    stuck = executor.submit(release.wait, _DEADLINE_S)
    try:
        executor.shutdown(wait=True)
        executor.shutdown(wait=True)
        assert not stuck.done()
    finally:
        release.set()
    assert stuck.result(_DEADLINE_S)
