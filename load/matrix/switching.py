"""The overhead table, part 2: the cost of a switch, of handing work over, and of making one, for each of the three."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from load.matrix.clock import wall_s
from load.matrix.experiment import Agreement, Experiment, Verdict, verdict
from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale

_SWITCH = "one switch"
_HAND_OVER = "work handed over and the result back"
_MAKE = "made, run and ended"


async def switch_coroutines(count: int) -> None:
    """Two tasks yield to each other."""

    async def turns() -> None:
        for _ in range(count // 2):
            await asyncio.sleep(0)

    await asyncio.gather(turns(), turns())


def switch_threads(count: int) -> None:
    """Two threads wake each other and wait."""
    mine, yours = threading.Semaphore(0), threading.Semaphore(0)

    def turns() -> None:
        for _ in range(count // 2):
            yours.acquire()
            mine.release()

    other = threading.Thread(target=turns)
    other.start()
    for _ in range(count // 2):
        yours.release()
        mine.acquire()
    other.join()


def switch_processes(count: int) -> None:
    """Two processes send each other a byte through a pipe."""
    here, there = multiprocessing.Pipe()
    other = multiprocessing.get_context("fork").Process(target=_echo, args=(there, count // 2))
    other.start()
    for _ in range(count // 2):
        here.send_bytes(b".")
        here.recv_bytes()
    other.join()


def _echo(pipe: Connection, count: int) -> None:
    for _ in range(count):
        pipe.send_bytes(pipe.recv_bytes())


def nothing() -> None:
    """The work that is handed over."""


async def anothing() -> None:
    """The same as a coroutine."""


async def _awaited(hand_over: Callable[[], object], count: int) -> None:
    for _ in range(count):
        await hand_over()  # type: ignore[misc]


async def hand_over(count: int) -> dict[str, float]:
    """Seconds for each hand-over out of a coroutine, one at a time, to kept workers."""
    loop = asyncio.get_running_loop()
    found = {}
    with ThreadPoolExecutor(1) as thread, ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        ways: dict[str, Callable[[], object]] = {
            "coroutine": anothing,
            "task": lambda: asyncio.create_task(anothing()),
            "thread, run_in_executor": lambda: loop.run_in_executor(thread, nothing),
            "thread, to_thread": lambda: asyncio.to_thread(nothing),
            "process, ProcessPoolExecutor": lambda: loop.run_in_executor(process, nothing),
        }
        for way, work in ways.items():
            await _awaited(work, 5)
            began = time.perf_counter()
            await _awaited(work, count)
            found[way] = (time.perf_counter() - began) / count
    return found


def _make_and_end(kind: Callable[..., Any]) -> None:
    made = kind(target=nothing)
    made.start()
    made.join()


def measure(scale: Scale) -> list[Figure]:
    return list(_measured(scale))


def _measured(scale: Scale) -> Iterator[Figure]:
    count = scale.pick(100_000, 10_000)
    for way, work in {
        "coroutine": lambda: asyncio.run(switch_coroutines(count)),
        "thread": lambda: switch_threads(count),
        "process": lambda: switch_processes(count),
    }.items():
        yield Figure(_SWITCH, way, wall_s(work) / count * 1e6, "µs")
    for way, seconds in asyncio.run(hand_over(count // 50)).items():
        yield Figure(_HAND_OVER, way, seconds * 1e6, "µs")
    for way, make, times in (
        ("thread", partial(_make_and_end, threading.Thread), count // 50),
        ("process, fork", partial(_make_and_end, multiprocessing.get_context("fork").Process), scale.pick(50, 10)),
        ("process, spawn", partial(_make_and_end, multiprocessing.get_context("spawn").Process), scale.pick(5, 2)),
    ):
        seconds = wall_s(lambda make=make, times=times: [make() for _ in range(times)])  # type: ignore[misc]
        yield Figure(_MAKE, way, seconds / times * 1e6, "µs")


def judge(figures: Figures) -> list[Verdict]:
    coroutine, thread, process = (figures.of(_SWITCH, way) for way in ("coroutine", "thread", "process"))
    to_thread = figures.of(_HAND_OVER, "thread, to_thread")
    to_process = figures.of(_HAND_OVER, "process, ProcessPoolExecutor")
    made = {way: figures.of(_MAKE, way) for way in ("thread", "process, fork", "process, spawn")}
    return [
        verdict(
            "a switch: coroutine very low, thread medium, process high",
            f"{coroutine:.2g}, {thread:.2g} and {process:.2g} µs; a hand-over out of a coroutine costs "
            f"{to_thread:.0f} µs to a thread and {to_process:.0f} µs to a process",
            holds=coroutine < thread < process / 1.25,
            otherwise=Agreement.TOO_SIMPLE if coroutine < min(thread, process) else Agreement.DISAGREES,
        ),
        verdict(
            "a new process is expensive, a pool's is not",
            f"thread {made['thread']:.0f} µs, fork {made['process, fork']:,.0f} µs, "
            f"spawn {made['process, spawn']:,.0f} µs; the pool's hand-over {to_process:.0f} µs",
            holds=to_process < made["process, fork"] < made["process, spawn"],
        ),
    ]


EXPERIMENT = Experiment("Overhead: switches and hand-overs", measure, judge)
