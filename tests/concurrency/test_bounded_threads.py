"""app/concurrency/bounded_threads.py"""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import AsyncIterator
from contextvars import ContextVar

import pytest

from app.concurrency.bounded_threads import BoundedThreads
from app.errors import PoolClosedError, QueueFullError

_DEADLINE_S = 10
_request_id: ContextVar[str] = ContextVar("request_id", default="none")


class Job:
    """Work that says when it has begun and goes on until it is let go."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.num_begun = 0
        self.let_go = threading.Event()
        self._loop = asyncio.get_running_loop()

    def __call__(self) -> str:
        self.num_begun += 1
        self._loop.call_soon_threadsafe(self.begun.set)
        assert self.let_go.wait(_DEADLINE_S)
        return "done"


@pytest.fixture
async def threads() -> AsyncIterator[BoundedThreads]:
    threads = BoundedThreads("test", max_workers=1, max_waiting=1)
    yield threads
    threads.close()
    threads.join()


async def _start(threads: BoundedThreads, job: Job) -> asyncio.Task[str]:
    task = asyncio.create_task(threads.run(job))
    async with asyncio.timeout(_DEADLINE_S):
        await job.begun.wait()
    return task


async def _queue(threads: BoundedThreads, job: Job) -> asyncio.Task[str]:
    task = asyncio.create_task(threads.run(job))
    await asyncio.sleep(0)  # run() submits before it first waits
    return task


async def _cancel(task: asyncio.Task[str]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_it_returns_results_and_raises_errors_with_the_callers_context(threads: BoundedThreads) -> None:
    _request_id.set("r-7")
    assert await threads.run(_request_id.get) == "r-7"
    assert await threads.run(int, "ff", base=16) == 255
    with pytest.raises(ValueError, match="invalid literal"):
        await threads.run(int, "x")
    assert repr(threads) == "<BoundedThreads test 0/2 places>"


async def test_work_that_was_cancelled_while_it_waited_is_not_kept_until_a_thread_comes_by(
    threads: BoundedThreads,
) -> None:
    running, waiting = Job(), Job()
    first = await _start(threads, running)
    second = await _queue(threads, waiting)
    await _cancel(second)
    await asyncio.sleep(0)  # the cancel reaches the thread's future by a callback
    dropped = weakref.ref(waiting)
    del waiting, second
    gc.collect()
    assert dropped() is None
    running.let_go.set()
    assert await first == "done"


async def test_when_all_places_are_taken_the_next_is_refused_at_once(threads: BoundedThreads) -> None:
    running, waiting = Job(), Job()
    first = await _start(threads, running)
    second = await _queue(threads, waiting)
    with pytest.raises(QueueFullError):
        await threads.run(Job())
    running.let_go.set()
    waiting.let_go.set()
    assert [await first, await second] == ["done", "done"]
    assert await threads.run(int, "1") == 1


async def test_a_caller_that_leaves_frees_no_place_while_its_work_runs(threads: BoundedThreads) -> None:
    running, waiting = Job(), Job()
    first = await _start(threads, running)
    await _cancel(first)
    second = await _queue(threads, waiting)
    with pytest.raises(QueueFullError):
        await threads.run(Job())
    assert waiting.num_begun == 0
    running.let_go.set()
    waiting.let_go.set()
    assert await second == "done"
    assert repr(threads) == "<BoundedThreads test 0/2 places>"


async def test_a_caller_that_leaves_while_it_waits_drops_its_work_and_frees_its_place(threads: BoundedThreads) -> None:
    running, dropped, replacement = Job(), Job(), Job()
    first = await _start(threads, running)
    await _cancel(await _queue(threads, dropped))
    third = await _queue(threads, replacement)
    running.let_go.set()
    replacement.let_go.set()
    assert [await first, await third] == ["done", "done"]
    assert dropped.num_begun == 0


async def test_close_refuses_new_work_and_finishes_what_was_accepted(threads: BoundedThreads) -> None:
    running, waiting = Job(), Job()
    first = await _start(threads, running)
    second = await _queue(threads, waiting)
    threads.close()
    with pytest.raises(PoolClosedError):
        await threads.run(Job())
    running.let_go.set()
    waiting.let_go.set()
    assert [await first, await second] == ["done", "done"]


async def test_warm_runs_the_thread_init_in_every_thread_before_any_work() -> None:
    started: list[int] = []
    threads = BoundedThreads(
        "warm", max_workers=3, max_waiting=0, thread_init=lambda: started.append(threading.get_ident())
    )
    async with asyncio.timeout(_DEADLINE_S):
        await threads.warm()
    assert len(set(started)) == 3
    assert await threads.run(threading.get_ident) in started
    assert len(started) == 3
    threads.close()
    threads.join()
