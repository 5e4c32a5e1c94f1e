"""The overhead table, part 4: what it costs to hand data to a process, by size."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing.pool import Pool

import numpy as np

from load.matrix.clock import wall_s
from load.matrix.experiment import Experiment, Verdict, verdict
from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale

_PICKLE = "pickled and unpickled"
_TRIP = "handed over and the same back"
_KIB = 1024
_DICTS, _ARRAY = "list of dicts", "numpy array"
_TO_PROCESS, _TO_THREAD = "to a process", "to a thread"


def same(data: object) -> object:
    """The work: nothing."""
    return data


def documents(num_bytes: int) -> list[dict[str, object]]:
    """Small dicts of about 100 bytes each, as they come from JSON."""
    return [{"id": number, "text": f"document {number} " * 4, "score": 0.5} for number in range(num_bytes // 100 or 1)]


def measure(scale: Scale) -> list[Figure]:
    sizes = scale.pick((1, 10, 100, 1000, 10_000, 50_000), (1, 100, 1000))
    repeat = scale.pick(3, 2)
    with multiprocessing.get_context("spawn").Pool(1) as pool, ThreadPoolExecutor(1) as thread:
        pool.apply(same, (1,))
        return [figure for size in sizes for figure in _of_size(size, pool, thread, repeat)]


def _of_size(size: int, pool: Pool, thread: ThreadPoolExecutor, repeat: int) -> Iterator[Figure]:
    array = np.zeros(size * _KIB, np.uint8)
    for way, data in ((_DICTS, documents(size * _KIB)), (_ARRAY, array)):
        took = wall_s(partial(_pickled, data), repeat=repeat)
        yield Figure(_PICKLE, way, took * 1e6, "µs", at=size, at_unit="KiB")
    data = documents(size * _KIB)
    process_s = wall_s(partial(pool.apply, same, (data,)), repeat=repeat)
    thread_s = wall_s(lambda: thread.submit(same, data).result(), repeat=repeat)
    yield Figure(_TRIP, _TO_PROCESS, process_s * 1e6, "µs", at=size, at_unit="KiB")
    yield Figure(_TRIP, _TO_THREAD, thread_s * 1e6, "µs", at=size, at_unit="KiB")


def _pickled(data: object) -> object:
    return pickle.loads(pickle.dumps(data, protocol=5))


def judge(figures: Figures) -> list[Verdict]:
    size = figures.most(_TRIP, _TO_PROCESS, _TO_THREAD)
    process, thread = figures.of(_TRIP, _TO_PROCESS, size), figures.of(_TRIP, _TO_THREAD, size)
    mib = size / _KIB
    small = figures.of(_TRIP, _TO_PROCESS, 1)
    dicts, array = figures.of(_PICKLE, _DICTS, size), figures.of(_PICKLE, _ARRAY, size)
    return [
        verdict(
            "processes exchange by pickling, threads share",
            f"1 KiB there and back {small:.0f} µs, {mib:.1f} MiB {process / 1000:.1f} ms; to a thread {thread:.0f} µs "
            f"at any size. Of {mib:.1f} MiB pickling dicts takes {dicts / 1000:.1f} ms, an array {array / 1000:.2f} ms",
            holds=process > 10 * small and thread < process / 10,
        )
    ]


EXPERIMENT = Experiment("Overhead: pickling by size", measure, judge)
