"""app/concurrency/process_pool.py and the processes behind it, which are real and really killed."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from app.concurrency.channel import Channel
from app.concurrency.process_pool import SupervisedProcessPool
from app.errors import OffloadError, PoolClosedError, QueueFullError, WorkerLostError, WorkTimedOutError
from tests.concurrency import pool_jobs

_DEADLINE_S = 60


@asynccontextmanager
async def _pool(
    max_workers: int = 2, *, timeout_s: float = 60, max_pending: int = 200
) -> AsyncIterator[SupervisedProcessPool]:
    pool = SupervisedProcessPool(
        max_workers,
        timeout_s=timeout_s,
        max_pending=max_pending,
        initializer=pool_jobs.initialize,
        initargs=("prepared",),
    )
    before = _children()
    async with asyncio.timeout(_DEADLINE_S):
        await pool.start()
        try:
            yield pool
        finally:
            await pool.close()
    assert not _children() - before


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


@pytest.fixture
def announcements(tmp_path: Path) -> Path:
    """A named pipe: reading it waits until a worker says that it has begun."""
    path = tmp_path / "announcements"
    os.mkfifo(path)
    return path


async def _announced_pid(announcements: Path) -> int:
    return int(await asyncio.to_thread(announcements.read_text))


async def test_it_calls_by_name_in_prepared_processes_and_returns_results_and_errors() -> None:
    async with _pool() as pool:
        assert await pool.run(pool_jobs.double, 21) == 42
        assert await pool.run(pool_jobs.initialized_value) == "prepared"
        assert await pool.run(pool_jobs.pid) in pool.worker_pids
        assert os.getpid() not in pool.worker_pids
        with pytest.raises(ValueError, match="wrong") as caught:
            await pool.run(pool_jobs.fail, "wrong")
        assert "pool_jobs.py" in caught.value.__notes__[0]


async def test_a_message_far_larger_than_the_socket_buffer_goes_through() -> None:
    async with _pool(1) as pool:
        assert await pool.run(pool_jobs.length, bytes(3_000_000)) == 3_000_000


async def test_workers_are_light_single_threaded_and_deaf_to_the_terminals_signals() -> None:
    async with _pool(1) as pool:
        loaded = set(await pool.run(pool_jobs.loaded_modules))
        assert not loaded & {"torch", "transformers", "numpy", "fastapi", "pytest", "multiprocessing", "app.main"}
        assert await pool.run(pool_jobs.environment, "TOKENIZERS_PARALLELISM") == "false"
        assert await pool.run(pool_jobs.signal_is_ignored, signal.SIGINT)
        assert await pool.run(pool_jobs.signal_is_ignored, signal.SIGTERM)


async def test_errors_that_can_not_travel_are_named_and_the_worker_lives_on() -> None:
    async with _pool(1) as pool:
        pids = pool.worker_pids
        with pytest.raises(OffloadError, match="AwkwardError"):
            await pool.run(pool_jobs.fail_awkwardly)
        with pytest.raises(TypeError):
            await pool.run(pool_jobs.unpicklable)
        with pytest.raises(OffloadError, match="can't be pickled"):
            await pool.run(lambda: 1)
        with pytest.raises(TimeoutError, match="my own"):
            await pool.run(pool_jobs.fail_with_timeout)
        assert pool.worker_pids == pids


@pytest.mark.parametrize("error", [MemoryError(), OSError(errno.ENOBUFS, "no buffers")])
async def test_an_answer_that_could_not_be_taken_is_never_given_to_the_next_item(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    async with _pool(1) as pool:
        with monkeypatch.context() as patch:
            patch.setattr(Channel, "receive", fail)
            with pytest.raises((MemoryError, WorkerLostError)):
                await pool.run(pool_jobs.double, 21)
        assert await pool.run(pool_jobs.double, 1) == 2


async def test_kill_9_in_the_middle_of_a_batch_loses_nothing(announcements: Path) -> None:
    async with _pool() as pool:
        victim = asyncio.create_task(pool.run(pool_jobs.announce_then_hang_once, str(announcements)))
        others = [asyncio.create_task(pool.run(pool_jobs.double, number)) for number in range(100)]
        os.kill(await _announced_pid(announcements), signal.SIGKILL)
        assert await victim == "second attempt"
        assert await asyncio.gather(*others) == [2 * number for number in range(100)]


@pytest.mark.parametrize("is_seen_dead", [False, True])
async def test_a_worker_killed_while_idle_is_replaced_and_only_the_log_tells(
    is_seen_dead: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async with _pool(1) as pool:
        (pid,) = pool.worker_pids
        os.kill(pid, signal.SIGKILL)
        if is_seen_dead:  # else the call may find it on its way down
            await asyncio.to_thread(os.waitid, os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert await pool.run(pool_jobs.double, 4) == 8
        assert pool.worker_pids != (pid,)
    assert f"worker process {pid} died" in caplog.text


async def test_a_poison_item_fails_alone_after_two_attempts() -> None:
    async with _pool() as pool:
        poison = [asyncio.create_task(pool.run(pool_jobs.crash)) for _ in range(2)]
        good = [asyncio.create_task(pool.run(pool_jobs.double, number)) for number in range(50)]
        for task in poison:
            with pytest.raises(WorkerLostError, match="2 times"):
                await task
        assert await asyncio.gather(*good) == [2 * number for number in range(50)]


@pytest.mark.parametrize("hang", [pool_jobs.hang, pool_jobs.hang_with_the_gil])
async def test_a_hung_worker_is_timed_out_alone_and_replaced(hang: Callable[[], None]) -> None:
    async with _pool(timeout_s=3) as pool:
        pids = set(pool.worker_pids)
        hung = asyncio.create_task(pool.run(hang))
        good = await asyncio.gather(*(pool.run(pool_jobs.double, number) for number in range(50)))
        assert good == [2 * number for number in range(50)]
        with pytest.raises(WorkTimedOutError, match="3 s"):
            await hung
        assert await asyncio.gather(*(pool.run(pool_jobs.double, number) for number in range(4))) == [0, 2, 4, 6]
        assert len(set(pool.worker_pids) & pids) == 1


async def test_a_worker_stopped_in_the_middle_of_its_item_is_replaced_and_the_item_tried_again(
    announcements: Path,
) -> None:
    async with _pool(1) as pool:
        victim = asyncio.create_task(pool.run(pool_jobs.announce_then_hang_once, str(announcements)))
        pid = await _announced_pid(announcements)
        os.kill(pid, signal.SIGSTOP)
        assert await victim == "second attempt"
        assert not psutil.pid_exists(pid)


async def test_a_worker_stopped_while_idle_is_replaced_even_when_it_does_not_read() -> None:
    async with _pool(1) as pool:
        (pid,) = pool.worker_pids
        os.kill(pid, signal.SIGSTOP)
        assert await pool.run(pool_jobs.length, bytes(3_000_000)) == 3_000_000
        assert not psutil.pid_exists(pid)


async def test_a_worker_that_computes_for_long_is_left_alone() -> None:
    async with _pool(1) as pool:
        pids = pool.worker_pids
        assert await pool.run(pool_jobs.compute, 1.0) >= 1.0
        assert pool.worker_pids == pids


async def test_one_item_more_than_may_pend_is_refused() -> None:
    async with _pool(1, max_pending=2) as pool:
        pending = [asyncio.create_task(pool.run(pool_jobs.hang)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(QueueFullError):
            await pool.run(pool_jobs.double, 1)
        await pool.close()
        assert all(
            isinstance(error, PoolClosedError) for error in await asyncio.gather(*pending, return_exceptions=True)
        )


async def test_close_answers_everyone_who_waits_and_refuses_more(announcements: Path) -> None:
    async with _pool(1) as pool:
        running = asyncio.create_task(pool.run(pool_jobs.announce_then_hang_once, str(announcements)))
        waiting = asyncio.create_task(pool.run(pool_jobs.double, 1))
        await _announced_pid(announcements)
        await pool.close()
        for task in (running, waiting):
            with pytest.raises(PoolClosedError):
                await task
        with pytest.raises(PoolClosedError):
            await pool.run(pool_jobs.double, 1)
        await pool.close()


async def test_an_initializer_that_fails_fails_the_start_and_leaves_no_process() -> None:
    pool = SupervisedProcessPool(2, timeout_s=5, max_pending=5, initializer=pool_jobs.initialize_badly)
    before = _children()
    with pytest.raises(ValueError, match="no such file"):
        await pool.start()
    assert not _children() - before


async def test_a_machine_that_can_start_no_process_is_the_pools_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    pool = SupervisedProcessPool(1, timeout_s=5, max_pending=5)
    with pytest.raises(WorkerLostError, match="did not come up"):
        await pool.start()


async def test_workers_end_when_their_parent_is_killed(announcements: Path) -> None:
    program = f"""
import asyncio
from app.concurrency.process_pool import SupervisedProcessPool
from tests.concurrency import pool_jobs

async def main():
    pool = SupervisedProcessPool(2, timeout_s=600, max_pending=9)
    await pool.start()
    print(*pool.worker_pids, flush=True)
    await pool.run(pool_jobs.announce_then_hang_once, {str(announcements)!r})

asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    async with asyncio.timeout(_DEADLINE_S):
        assert parent.stdout is not None
        pids = [int(pid) for pid in (await parent.stdout.readline()).split()]
        assert len(pids) == 2
        assert await _announced_pid(announcements) in pids  # one is busy, one is idle
        workers = [psutil.Process(pid) for pid in pids]
        parent.kill()
        await parent.wait()
        gone, alive = await asyncio.to_thread(psutil.wait_procs, workers, timeout=30)
    assert not alive
    assert len(gone) == 2
