"""CPU-bound pure Python: the same sums inline, in threads, and in processes started and kept in different ways."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Literal

from load.matrix.clock import wall_s
from load.matrix.experiment import Agreement, Experiment, Verdict, verdict
from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale

Method = Literal["fork", "forkserver", "spawn"]
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def heavy_compute(numbers: range) -> int:
    """A worker's function stands at the top of a module: a process finds it by its name."""
    return sum(number**2 for number in numbers)


def inline(tasks: Sequence[range]) -> list[int]:
    return [heavy_compute(task) for task in tasks]


def in_threads(tasks: Sequence[range]) -> list[int]:
    with ThreadPoolExecutor(CORES) as pool:
        return list(pool.map(heavy_compute, tasks))


def in_new_pool(tasks: Sequence[range], method: Method) -> list[int]:
    with multiprocessing.get_context(method).Pool(CORES) as pool:
        return pool.map(heavy_compute, tasks)


def in_a_process_each(tasks: Sequence[range], method: Method) -> None:
    """What not to do: start a process for every task. At most CORES run at the same time."""
    context: Any = multiprocessing.get_context(method)  # each has Process, their common base has not
    for place in range(0, len(tasks), CORES):
        processes = [context.Process(target=heavy_compute, args=(task,)) for task in tasks[place : place + CORES]]
        for process in processes:
            process.start()
        for process in processes:
            process.join()


_WALL = "time for all tasks"
_FIRST = "time to the first result"
_START = "start of a pool, to its first answer"
_DEFAULT = "default start method is fork"
_METHODS: tuple[Method, ...] = ("fork", "forkserver", "spawn")


_EACH: tuple[Method, ...] = ("fork", "spawn")


def measure(scale: Scale) -> list[Figure]:
    tasks = [range(scale.pick(150_000, 30_000))] * scale.pick(48, 16)
    figures = [
        Figure(_WALL, "inline", wall_s(partial(inline, tasks)), "s"),
        Figure(_WALL, "threads", wall_s(partial(in_threads, tasks)), "s"),
        *_kept_pool(tasks),
        *(Figure(_WALL, f"a process each, {way}", _each(tasks, way), "s") for way in _EACH),
    ]
    repeat = scale.pick(3, 1)
    starts = [wall_s(partial(in_new_pool, [range(1)], method), repeat=repeat) for method in _METHODS]
    figures += [Figure(_START, method, took * 1000, "ms") for method, took in zip(_METHODS, starts, strict=True)]
    default = multiprocessing.get_start_method()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return [*figures, Figure(_DEFAULT, "this Python", float(default == "fork"), "", note=f"{default}, Python {python}")]


def _kept_pool(tasks: Sequence[range]) -> list[Figure]:
    """One pool for everything, made before the clock starts."""
    with multiprocessing.get_context("spawn").Pool(CORES) as pool:
        pool.map(heavy_compute, [range(1)] * CORES)
        mapped = wall_s(partial(pool.map, heavy_compute, tasks))
        began = time.perf_counter()
        streamed = pool.imap_unordered(heavy_compute, tasks)
        next(streamed)
        first = time.perf_counter() - began
        assert len(list(streamed)) == len(tasks) - 1
        whole = time.perf_counter() - began
    return [
        Figure(_WALL, "kept pool, map", mapped, "s"),
        Figure(_WALL, "kept pool, imap_unordered", whole, "s"),
        Figure(_FIRST, "kept pool, map", mapped, "s"),
        Figure(_FIRST, "kept pool, imap_unordered", first, "s"),
    ]


def _each(tasks: Sequence[range], method: Method) -> float:
    """For all tasks, from a sixth of them: a spawned process each would take most of the run."""
    some = tasks[: max(CORES, len(tasks) // 6)]
    return wall_s(partial(in_a_process_each, some, method)) * len(tasks) / len(some)


def judge(figures: Figures) -> list[Verdict]:
    inline_s, threads_s = figures.of(_WALL, "inline"), figures.of(_WALL, "threads")
    pool_s, first_s = figures.of(_WALL, "kept pool, map"), figures.of(_FIRST, "kept pool, imap_unordered")
    gain, thread_gain = inline_s / pool_s, inline_s / threads_s
    each = figures.of(_WALL, "a process each, spawn") / pool_s
    forked = figures.of(_WALL, "a process each, fork") / pool_s
    fork, forkserver, spawn = (figures.of(_START, method) for method in _METHODS)
    return [
        verdict("processes compute in parallel", f"{gain:.2f} times inline on {CORES} cores", holds=gain > 1.25),
        verdict("threads share one core", f"{thread_gain:.2f} times inline", holds=thread_gain < 1.25),
        verdict(
            "never a process per task",
            f"{each:.1f} times the kept pool's time if spawned, {forked:.1f} if forked",
            holds=min(each, forked) > 1.1,
            otherwise=Agreement.TOO_SIMPLE if each > 1.1 else Agreement.DISAGREES,
        ),
        verdict(
            "fork is fast, spawn slow, forkserver between",
            f"a pool starts in {fork:.0f}, {forkserver:.0f} and {spawn:.0f} ms (fork, forkserver, spawn)",
            holds=fork < forkserver < spawn,
        ),
        verdict(
            "fork is the default on Linux",
            f"here {figures.note(_DEFAULT, 'this Python')}; forkserver from 3.14 on",
            holds=bool(figures.of(_DEFAULT, "this Python")),
        ),
        verdict(
            "imap_unordered streams results",
            f"first result after {first_s:.2f} s of {pool_s:.2f} s",
            holds=first_s < pool_s / 2,
        ),
    ]


EXPERIMENT = Experiment("CPU-bound pure Python", measure, judge)
