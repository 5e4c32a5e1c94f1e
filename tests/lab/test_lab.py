"""The lab's own bounds: how many jobs at once, and one worker process that ends with it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from app.errors import PoolClosedError, QueueFullError
from app.lab import worker
from app.lab.lab import MAX_JOBS, Lab
from app.lab.workload import JobResult, JobSize, Tokenizing

DEADLINE_S = 120
SIZE = JobSize(num_forwards=1, num_chars=1)
RESULT = JobResult(torch_ms=1.0, tokenize_ms=1.0, num_tokens=1)


class _GatedJobs:
    """Jobs that end when the test lets them."""

    def __init__(self) -> None:
        self.started = threading.Semaphore(0)
        self.may_end = threading.Event()

    def run(self, size: JobSize, tokenizing: Tokenizing) -> JobResult:
        self.started.release()
        assert self.may_end.wait(DEADLINE_S)
        return RESULT


async def _start_jobs(lab: Lab, jobs: _GatedJobs) -> list[asyncio.Task[JobResult]]:
    tasks = [asyncio.create_task(asyncio.to_thread(lab.run_here, SIZE, Tokenizing.ENCODE)) for _ in range(MAX_JOBS)]
    for _ in tasks:
        assert await asyncio.to_thread(jobs.started.acquire, timeout=DEADLINE_S)
    return tasks


async def test_one_job_more_than_may_run_is_refused_at_once() -> None:
    jobs = _GatedJobs()
    lab = Lab(run_job=jobs.run)
    async with asyncio.timeout(DEADLINE_S):
        running = await _start_jobs(lab, jobs)
        with pytest.raises(QueueFullError, match=str(MAX_JOBS)):
            lab.run_here(SIZE, Tokenizing.ENCODE)
        jobs.may_end.set()
        assert await asyncio.gather(*running) == [RESULT] * MAX_JOBS
        assert lab.run_here(SIZE, Tokenizing.ENCODE) is RESULT


async def test_a_caller_that_leaves_does_not_free_the_slot_of_work_that_still_runs() -> None:
    jobs = _GatedJobs()
    lab = Lab(run_job=jobs.run)
    async with asyncio.timeout(DEADLINE_S):
        running = await _start_jobs(lab, jobs)
        for task in running:
            task.cancel()
        await asyncio.wait(running)
        with pytest.raises(QueueFullError):
            lab.run_here(SIZE, Tokenizing.ENCODE)
    jobs.may_end.set()


def test_a_job_that_fails_gives_its_slot_back() -> None:
    def fail(size: JobSize, tokenizing: Tokenizing) -> JobResult:
        raise MemoryError

    lab = Lab(run_job=fail)
    for _ in range(MAX_JOBS + 1):
        with pytest.raises(MemoryError):
            lab.run_here(SIZE, Tokenizing.ENCODE)


async def test_the_worker_process_is_started_once_and_not_after_close() -> None:
    lab = Lab()
    async with asyncio.timeout(DEADLINE_S):
        try:
            first, second = await asyncio.gather(lab.pool(), lab.pool())
            assert first is second
        finally:
            await lab.close()
        await lab.close()
        with pytest.raises(PoolClosedError):
            await lab.pool()


async def test_the_worker_process_does_the_very_same_work() -> None:
    size = JobSize(num_forwards=1, num_chars=5000)
    lab = Lab()
    try:
        async with asyncio.timeout(DEADLINE_S):
            in_worker = await (await lab.pool()).run(worker.run, size)
    finally:
        await lab.close()
    assert in_worker.num_tokens == lab.run_here(size, Tokenizing.ENCODE_BATCH).num_tokens
