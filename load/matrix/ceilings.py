"""The overhead table, part 3: how many of each this host really sustains, tried up to a bound."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import threading
import time
from collections.abc import Iterator

from load.matrix.cpu_bound import CORES, heavy_compute
from load.matrix.experiment import Agreement, Experiment, Verdict, verdict
from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale

_COUNT = "how many at once"
_THROUGHPUT = "CPU-bound tasks a second"
_MAX_S = 10.0


async def coroutines(bound: int) -> int:
    """Tasks that all wait at the same time, and then all end."""
    waiting, gate = 0, asyncio.Event()

    async def one() -> None:
        nonlocal waiting
        waiting += 1
        await gate.wait()

    tasks = [asyncio.create_task(one()) for _ in range(bound)]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*tasks)
    return waiting


def threads(bound: int) -> tuple[int, str]:
    """Threads that all wait at the same time, until one can't be started; and the message of that."""
    gate = threading.Event()
    started: list[threading.Thread] = []
    message = ""
    deadline = time.monotonic() + _MAX_S
    try:
        while len(started) < bound and time.monotonic() < deadline:
            thread = threading.Thread(target=gate.wait)
            thread.start()
            started.append(thread)
        if len(started) < bound:
            message = f"no more were tried after {_MAX_S:g} s"
    except RuntimeError as error:
        message = f"RuntimeError: {error}"
    finally:
        gate.set()
        for thread in started:
            thread.join()
    return len(started), message


def processes(bound: int) -> tuple[int, str]:
    """Forked processes that all wait at the same time, until one can't be started; and the message of that."""
    context = multiprocessing.get_context("fork")
    started = []
    message = ""
    try:
        for _ in range(bound):
            child = context.Process(target=signal.pause)
            child.start()
            started.append(child)
    except OSError as error:
        message = f"OSError: {error}"
    finally:
        for child in started:
            child.kill()
            child.join()
    return len(started), message


def throughput(num_processes: int, num_tasks: int) -> float:
    """CPU-bound tasks a second of a kept pool of so many processes."""
    with multiprocessing.get_context("fork").Pool(num_processes) as pool:
        began = time.perf_counter()
        pool.map(heavy_compute, [range(50_000)] * num_tasks, chunksize=1)
        return num_tasks / (time.perf_counter() - began)


def measure(scale: Scale) -> list[Figure]:
    return list(_measured(scale))


def _measured(scale: Scale) -> Iterator[Figure]:
    num_coroutines = asyncio.run(coroutines(scale.pick(200_000, 20_000)))
    yield Figure(_COUNT, "coroutines", num_coroutines, "", note="no error")
    bounds = {"threads": scale.pick(5_000, 1_500), "processes": scale.pick(200, 50)}
    for way, tried in (("threads", threads), ("processes", processes)):
        count, message = tried(bounds[way])
        yield Figure(_COUNT, way, count, "", note=message or "no error")
    for factor in (1, 2, 8):
        rate = throughput(factor * CORES, scale.pick(160, 40))
        yield Figure(_THROUGHPUT, f"{factor} x the cores", rate, "tasks/s")


def judge(figures: Figures) -> list[Verdict]:
    count, num_threads, num_processes = (figures.of(_COUNT, way) for way in ("coroutines", "threads", "processes"))
    usual, many = figures.of(_THROUGHPUT, "1 x the cores"), figures.of(_THROUGHPUT, "8 x the cores")
    return [
        verdict("coroutines: tens of thousands", f"{count:,.0f} at once", holds=count >= 20_000),
        verdict(
            "threads: hundreds, the system's limit",
            f"{num_threads:,.0f} at once ({figures.note(_COUNT, 'threads')})",
            holds=num_threads < 1000,
            otherwise=Agreement.TOO_SIMPLE,
        ),
        verdict(
            "processes: about as many as cores",
            f"{num_processes:.0f} were there at once, but for computing {8 * CORES} give {many / usual:.2f} "
            f"times the throughput of {CORES}",
            holds=many < 1.25 * usual,
        ),
    ]


EXPERIMENT = Experiment("Overhead: how many at once", measure, judge)
