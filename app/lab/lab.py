"""Where each lab job runs, how many at once, and the worker process that one of them needs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import torch

from app.concurrency.process_pool import SupervisedProcessPool
from app.errors import PoolClosedError, QueueFullError
from app.lab import worker
from app.lab.workload import JobResult, JobSize, Tokenizing, Workload

MAX_JOBS = 2
_JOB_TIMEOUT_S = 120.0


class Lab:
    """The workload, at most MAX_JOBS at a time on threads, and as many in the worker process."""

    def __init__(self, *, run_job: Callable[[JobSize, Tokenizing], JobResult] | None = None) -> None:
        """Make the weights and the tokenizer: takes 0.2 s, so build it before the loop serves.

        `run_job` does a job on the calling thread; by default it is `Workload.run`.
        """
        self._run_job = run_job or Workload().run
        self._slots = threading.BoundedSemaphore(MAX_JOBS)
        self._pool: SupervisedProcessPool | None = None  # owner: whoever holds the lock; made on first use
        self._pool_lock = asyncio.Lock()
        self._is_closed = False

    def run_here(self, size: JobSize, tokenizing: Tokenizing) -> JobResult:
        """Do the job on the calling thread. The slot is held while the work runs, whoever waits for it.

        Raises: QueueFullError, if MAX_JOBS run already.
        """
        if not self._slots.acquire(blocking=False):
            raise QueueFullError(f"the lab runs at most {MAX_JOBS} jobs at once")
        try:
            return self._run_job(size, tokenizing)
        finally:
            self._slots.release()

    async def pool(self) -> SupervisedProcessPool:
        """The worker process, started when first asked for: importing torch again takes it seconds.

        Raises: PoolClosedError, after `close`.
        """
        async with self._pool_lock:
            if self._is_closed:
                raise PoolClosedError("the lab is closed")
            if self._pool is None:
                pool = SupervisedProcessPool(
                    max_workers=1,
                    initializer=worker.init,
                    initargs=(torch.get_num_threads(),),
                    timeout_s=_JOB_TIMEOUT_S,
                    max_pending=MAX_JOBS,
                )
                await pool.start()
                self._pool = pool
            return self._pool

    async def close(self) -> None:
        """End the worker process, if there is one. Idempotent."""
        async with self._pool_lock:
            self._is_closed = True
            if self._pool is not None:
                await self._pool.close()
                self._pool = None
