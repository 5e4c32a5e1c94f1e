"""Trap: a cancelled `await to_thread(...)`. The thread goes on, and a semaphore around the await counts wrong."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

from load.matrix.experiment import Experiment, Verdict, verdict
from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale

_RUNNING = "threads that work where 1 is allowed"
_CALLS = 3
_DEADLINE_S = 10.0


class Work:
    """A blocking job that goes on until it is told to stop; knows how many of it run at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self.most = 0
        self.has_begun = threading.Semaphore(0)
        self.end = threading.Event()

    def __call__(self, stop: threading.Event) -> None:
        """On a thread: poll `stop`, as long work has to, for nothing can stop a thread from outside."""
        with self._lock:
            self._running += 1
            self.most = max(self.most, self._running)
        self.has_begun.release()
        while not stop.wait(0.002) and not self.end.is_set():
            pass
        with self._lock:
            self._running -= 1


async def trap(work: Work, permits: asyncio.Semaphore) -> None:
    async with permits:  # given back when the caller leaves, and not when the thread does
        await asyncio.to_thread(work, threading.Event())


async def mended(work: Work, permits: asyncio.Semaphore) -> None:
    """Tell the thread to stop, and let go of the permit when it has."""
    await permits.acquire()
    stop = threading.Event()
    job = asyncio.ensure_future(asyncio.to_thread(work, stop))
    job.add_done_callback(lambda _: permits.release())
    try:
        await asyncio.shield(job)  # a cancel ends this await and leaves the job alone
    finally:
        stop.set()


async def most_at_once(call: Callable[[Work, asyncio.Semaphore], Awaitable[None]]) -> tuple[int, str]:
    """Let callers give up one after another, as clients do. Returns the most threads that worked at once."""
    work, permits, message = Work(), asyncio.Semaphore(1), ""
    try:
        for _ in range(_CALLS):
            caller = asyncio.ensure_future(call(work, permits))
            await asyncio.to_thread(work.has_begun.acquire, timeout=_DEADLINE_S)
            caller.cancel()
            try:
                await caller
            except asyncio.CancelledError as error:
                message = f"{type(error).__name__} for the caller"
    finally:
        work.end.set()
    return work.most, message


def measure(scale: Scale) -> list[Figure]:
    figures = []
    for name, call in (("trap", trap), ("mended", mended)):
        most, message = asyncio.run(most_at_once(call))
        figures.append(Figure(_RUNNING, name, most, "threads", note=message))
    return figures


def judge(figures: Figures) -> list[Verdict]:
    leaked, kept = figures.of(_RUNNING, "trap"), figures.of(_RUNNING, "mended")
    return [
        verdict(
            "to_thread makes a blocking call awaitable",
            f"{figures.note(_RUNNING, 'trap')}, but its thread goes on: {leaked:.0f} work where 1 is allowed; "
            f"told to stop, and the permit held until it has: {kept:.0f}",
            holds=leaked <= 1,
        )
    ]


EXPERIMENT = Experiment("Trap: a cancelled await whose thread goes on", measure, judge)
