"""Worker processes under supervision: a crash, a hang or a kill costs at most the one item that caused it.

Each worker has its own channel, so a death concerns only the item that this worker held; the others never notice. (In
concurrent.futures one dead process fails every item in flight and breaks the pool for good.) Knows nothing of what
the workers compute.
"""

from __future__ import annotations

import asyncio
import logging
import queue
from collections.abc import Callable
from typing import Any, TypeVar, TypeVarTuple

from app.concurrency.bounded_threads import BoundedThreads
from app.concurrency.worker_process import WorkerProcess
from app.errors import PoolClosedError, WorkerLostError

T = TypeVar("T")
Args = TypeVarTuple("Args")

logger = logging.getLogger(__name__)

_RELEASE_TIMEOUT_S = 1.0  # the workers were killed, so this takes milliseconds
_MAX_ATTEMPTS = 2  # an innocent item survives one kill; a poison item kills no more than two workers


def _do_nothing() -> None:
    pass


class SupervisedProcessPool:
    """Runs functions in `max_workers` processes; `max_pending` items may run and wait, one more is refused.

    Functions travel by name: they must stand at the top of a module, and that module is all a worker imports. Every
    worker runs `initializer(*initargs)` first. An item has `timeout_s` seconds from the moment a worker has it; then
    the worker is killed and the item fails alone.
    """

    def __init__(
        self,
        max_workers: int,
        *,
        timeout_s: float,
        max_pending: int,
        initializer: Callable[..., object] = _do_nothing,
        initargs: tuple[Any, ...] = (),
    ) -> None:
        self._timeout_s = timeout_s
        self._workers = [WorkerProcess(initializer, initargs) for _ in range(max_workers)]
        self._idle: queue.SimpleQueue[WorkerProcess] = queue.SimpleQueue()  # as many workers as threads: never empty
        for worker in self._workers:
            self._idle.put(worker)
        num_waiting = max(0, max_pending - max_workers)
        self._threads = BoundedThreads("process-pool", max_workers=max_workers, max_waiting=num_waiting)
        self._is_closed = False

    def __repr__(self) -> str:
        return f"<SupervisedProcessPool {len(self._workers)} workers, {self._threads!r}>"

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """The process ids of the workers that are up, as far as known."""
        return tuple(worker.pid for worker in self._workers if worker.pid is not None)

    async def start(self) -> None:
        """Start every worker and wait until all have run the initializer.

        Raises: WorkerLostError; whatever the initializer raises. The pool is closed then.
        """
        try:
            await asyncio.gather(*(self._threads.run(self._start_one) for _ in self._workers))
        except BaseException:
            await self.close()
            raise

    async def run(self, fn: Callable[[*Args], T], /, *args: *Args) -> T:
        """Run `fn(*args)` in a worker process and return its result. Arguments and result are pickled off the loop.

        The item is tried a second time if its worker dies. Cancel: the caller leaves; the item ends and is forgotten.
        Raises: QueueFullError, WorkerLostError, WorkTimedOutError, PoolClosedError, OffloadError; whatever `fn` raises.
        """
        result: T = await self._threads.run(self._run_one, fn, args)
        return result

    async def close(self) -> None:
        """Kill all workers and wait until they are gone. Items not yet finished raise PoolClosedError. Idempotent."""
        self._is_closed = True
        self._threads.close()
        for worker in self._workers:
            worker.retire()
        try:
            async with asyncio.timeout(_RELEASE_TIMEOUT_S):
                await asyncio.to_thread(self._release)
        except TimeoutError:  # the shared threads are all stuck; the workers are dead, only not collected
            logger.error("the process pool's threads could not be joined")

    def _start_one(self) -> None:
        worker = self._idle.get()
        try:
            worker.start()
        finally:
            self._idle.put(worker)

    def _run_one(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        worker = self._idle.get()
        try:
            for _ in range(_MAX_ATTEMPTS):
                worker.start()
                try:
                    return worker.call(fn, args, timeout_s=self._timeout_s)
                except WorkerLostError:
                    if self._is_closed:
                        raise PoolClosedError("the process pool was shut down") from None
            raise WorkerLostError(f"worker processes died {_MAX_ATTEMPTS} times under this item")
        finally:
            self._idle.put(worker)

    def _release(self) -> None:
        self._threads.join()
        for worker in self._workers:
            worker.release()
