"""The overhead table, part 1: the memory of a coroutine, a thread and a process."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from load.matrix.cpu_bound import Method
from load.matrix.experiment import Agreement, Experiment, Verdict, verdict
from load.matrix.figures import Figure, Figures
from load.matrix.memory import own_bytes, resident_bytes
from load.matrix.scale import Scale

_MEMORY = "memory of one that waits"
_KIB = 1024
_DEEP_CALLS = 200
# What a worker process imports decides what it costs.
_IMPORTS = {"bare": "", "numpy": "numpy", "tokenizers": "tokenizers", "torch": "torch"}


async def coroutines(count: int) -> float:
    """KiB for each of so many tasks that wait."""
    gc.collect()
    before = resident_bytes()
    gate = asyncio.Event()
    tasks = [asyncio.create_task(gate.wait()) for _ in range(count)]
    await asyncio.sleep(0)  # all of them have begun and wait
    grown = resident_bytes() - before
    gate.set()
    await asyncio.gather(*tasks)
    return grown / count / _KIB


def threads(count: int, *, depth: int) -> float:
    """KiB for each of so many threads that wait, `depth` calls deep; only the stack that was touched is resident."""
    before = resident_bytes()
    waiting, gate = threading.Barrier(count + 1, timeout=30), threading.Event()
    started = [threading.Thread(target=_wait_deep, args=(depth, waiting, gate)) for _ in range(count)]
    for thread in started:
        thread.start()
    waiting.wait()
    grown = resident_bytes() - before
    gate.set()
    for thread in started:
        thread.join()
    return grown / count / _KIB


def process(method: Method, module: str) -> float:
    """KiB that a process adds which has imported `module`: its pages that nobody shares."""
    context: Any = multiprocessing.get_context(method)  # each has Process, their common base has not
    here, there = context.Pipe()
    child = context.Process(target=_import_and_wait, args=(there, module))
    child.start()
    here.recv()
    assert child.pid is not None
    grown = own_bytes(child.pid)
    here.send("end")
    child.join()
    return grown / _KIB


def _wait_deep(depth: int, waiting: threading.Barrier, gate: threading.Event) -> None:
    """max() calls back into Python through C, as sorted() does and every extension: such calls take the C stack."""

    def deeper(_: int) -> int:
        _wait_deep(depth - 1, waiting, gate)
        return 0

    if depth:
        max([0], key=deeper)
    else:
        waiting.wait()
        gate.wait()


def _import_and_wait(pipe: Connection, module: str) -> None:
    if module:
        __import__(module)
    pipe.send("ready")
    pipe.recv()


def measure(scale: Scale) -> list[Figure]:
    return list(_measured(scale))


def _measured(scale: Scale) -> Iterator[Figure]:
    count = scale.pick(20_000, 5_000)
    yield Figure(_MEMORY, "coroutine", asyncio.run(coroutines(count)), "KiB")
    for way, depth in {"thread": 0, f"thread, {_DEEP_CALLS} calls deep": _DEEP_CALLS}.items():
        yield Figure(_MEMORY, way, threads(200, depth=depth), "KiB")
    yield Figure(_MEMORY, "process, fork", process("fork", ""), "KiB")
    for name, module in _IMPORTS.items():
        if name != "torch" or scale is Scale.FULL:
            yield Figure(_MEMORY, f"process, spawn, {name}", process("spawn", module), "KiB")


def judge(figures: Figures) -> list[Verdict]:
    sizes = {figure.way: figure.value for figure in figures.all if figure.what == _MEMORY}
    coroutine, thread = sizes["coroutine"], sizes["thread"]
    deep = sizes[f"thread, {_DEEP_CALLS} calls deep"]
    processes = {way: size / _KIB for way, size in sizes.items() if way.startswith("process")}
    told = ", ".join(f"{way.removeprefix('process, ')} {size:.1f}" for way, size in processes.items())
    return [
        verdict("a coroutine: about a KiB", f"{coroutine:.1f} KiB", holds=0.3 < coroutine < 5),
        verdict(
            "a thread: about a MiB",
            f"{thread:.0f} KiB resident, {deep:.0f} KiB {_DEEP_CALLS} calls deep; 8 MiB are only reserved",
            holds=300 < thread < 3000,
            otherwise=Agreement.TOO_SIMPLE,
        ),
        verdict(
            "a process: about 100 MiB",
            f"what it does not share, in MiB: {told}",
            holds=all(30 < size < 300 for size in processes.values()),
            otherwise=Agreement.TOO_SIMPLE,
        ),
    ]


EXPERIMENT = Experiment("Overhead: memory", measure, judge)
