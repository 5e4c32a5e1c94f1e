"""A small thread pool of its own whose waiting is bounded: a burst is refused at the door, not queued for ever."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from app.errors import PoolClosedError, QueueFullError

P = ParamSpec("P")
T = TypeVar("T")


class BoundedThreads:
    """At most `max_workers` calls run and at most `max_waiting` wait; one more raises QueueFullError.

    A place belongs to the work and not to its caller: a caller that is cancelled while its work runs frees nothing
    early, because the thread is still busy; cancelled while it waits, the work is dropped and its place free at once.
    `thread_init` runs first in every thread.
    """

    def __init__(
        self, name: str, *, max_workers: int, max_waiting: int, thread_init: Callable[[], object] | None = None
    ) -> None:
        self._name = name
        self._max_workers = max_workers
        self._max_places = max_workers + max_waiting
        self._places_lock = threading.Lock()
        self._num_taken = 0  # guarded by _places_lock: given back by whichever thread ends the work
        self._is_closed = False
        self._executor = ThreadPoolExecutor(max_workers, thread_name_prefix=name, initializer=thread_init)

    def __repr__(self) -> str:
        return f"<BoundedThreads {self._name} {self._num_taken}/{self._max_places} places>"

    async def run(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `fn` in one of the threads, with the caller's context variables, and return what it returns.

        Cancel: the caller leaves at once; work that has begun goes on and keeps its place until it ends.
        Raises: QueueFullError, PoolClosedError, and whatever `fn` raises.
        """
        # A list, to be emptied: the executor keeps what was cancelled until a thread comes by, and it may be megabytes.
        calls = [partial(contextvars.copy_context().run, fn, *args, **kwargs)]
        self._take_place()
        try:
            future = self._executor.submit(lambda: calls.pop()())
        except BaseException:
            self._give_place_back()
            raise
        future.add_done_callback(lambda _future: calls.clear())
        future.add_done_callback(self._give_place_back)
        return await asyncio.wrap_future(future)

    async def warm(self) -> None:
        """Start every thread and run its `thread_init`, so that no request pays for it. Call it before any `run`."""
        all_there = threading.Barrier(self._max_workers)  # a thread that is not held back would take two of the jobs
        await asyncio.gather(*(self.run(all_there.wait) for _ in range(self._max_workers)))

    def close(self) -> None:
        """Take no more work. What was accepted still ends; the threads end after it. Idempotent, returns at once."""
        self._is_closed = True
        self._executor.shutdown(wait=False)

    def join(self) -> None:
        """Wait until all accepted work has ended. Thread: any but the event loop's, after `close`."""
        self._executor.shutdown(wait=True)

    def _take_place(self) -> None:
        if self._is_closed:
            raise PoolClosedError(f"the {self._name} threads were shut down")
        with self._places_lock:
            if self._num_taken >= self._max_places:
                raise QueueFullError(f"{self._num_taken} jobs wait for the {self._name} threads; no more may")
            self._num_taken += 1

    def _give_place_back(self, _future: Future[Any] | None = None) -> None:
        with self._places_lock:
            self._num_taken -= 1
