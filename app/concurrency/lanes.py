"""The event loop's default executor: bounded threads for everyone, and lanes for work that owns its thread.

`asyncio.to_thread(f)` copies the caller's context and calls `executor.submit` in the caller, on the loop's thread.
So `submit` can read a context variable there: a task that has entered a lane always reaches the lane's one thread,
and never queues behind what others hand to the shared threads (name look-ups and file reads share them).
Knows no engine: torch needs one thread for good because an OpenMP team and a compiled graph belong to it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for_futures
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

current_lane: ContextVar[str | None] = ContextVar("current_lane", default=None)


@contextmanager
def use_lane(name: str) -> Iterator[None]:
    """Send `asyncio.to_thread` calls of the current task to the lane `name` while the block runs.

    Tasks created inside inherit the lane. A job on the lane must not wait for another job of its own lane.
    """
    token = current_lane.set(name)
    try:
        yield
    finally:
        current_lane.reset(token)


class LanedExecutor(ThreadPoolExecutor):
    """A bounded ThreadPoolExecutor in which a named lane is one dedicated thread, made on the lane's first job.

    Made to be the loop's default executor; `loop.shutdown_default_executor()` then ends the lanes as well. A shutdown
    waits join_timeout_s for calls that run: one that never returns would hold the process for ever.
    """

    def __init__(
        self, max_workers: int, thread_name_prefix: str = "shared", *, join_timeout_s: float | None = None
    ) -> None:
        super().__init__(max_workers, thread_name_prefix)
        self._join_timeout_s = join_timeout_s  # of the next shutdown; what did not end then is not waited for again
        self._unfinished: set[Future[Any]] = set()  # guarded by _lanes_lock
        self._lanes: dict[str, ThreadPoolExecutor] = {}
        self._lanes_lock = threading.Lock()
        self._is_shut_down = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue a call on the caller's lane, or on the shared threads where it has none. Raises: RuntimeError, shut."""
        name = current_lane.get()
        future = super().submit(fn, *args, **kwargs) if name is None else self._lane(name).submit(fn, *args, **kwargs)
        with self._lanes_lock:
            self._unfinished.add(future)
        future.add_done_callback(self._forget)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut the shared threads and every lane. Idempotent. Calls that do not end in time are left behind."""
        with self._lanes_lock:
            self._is_shut_down = True
            executors: list[Any] = [super(), *self._lanes.values()]
        for executor in executors:  # refuse new work everywhere first, then wait
            executor.shutdown(wait=False, cancel_futures=cancel_futures)
        if wait and self._all_end():
            for executor in executors:
                executor.shutdown(wait=True)

    def _all_end(self) -> bool:
        """Wait for the calls that run; whether all have ended in time."""
        with self._lanes_lock:
            unfinished = list(self._unfinished)
        left = wait_for_futures(unfinished, timeout=self._join_timeout_s).not_done
        if left and self._join_timeout_s:
            logger.error("%d calls do not end; their threads are left behind", len(left))
            self._join_timeout_s = 0.0
        return not left

    def _forget(self, future: Future[Any]) -> None:
        with self._lanes_lock:
            self._unfinished.discard(future)

    def _lane(self, name: str) -> ThreadPoolExecutor:
        with self._lanes_lock:
            if self._is_shut_down:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if name not in self._lanes:
                self._lanes[name] = ThreadPoolExecutor(1, thread_name_prefix=f"lane-{name}")
            return self._lanes[name]
