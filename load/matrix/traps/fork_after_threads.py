"""Trap: fork in a process with threads. The child has the locks as they were, and no threads that would open them."""

from __future__ import annotations

import multiprocessing
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from load.matrix.cpu_bound import Method
from load.matrix.experiment import Experiment, Verdict
from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale
from load.matrix.traps.sprung import MENDED, TRAP, figure, sprung

# Such a lock is in every logging handler, in import, in torch, in tokenizers' thread pool.
_LOCK = threading.Lock()
_PATIENCE_S = 1.0
_SPAWN_PATIENCE_S = 60.0


def use_the_lock() -> None:
    """In the child: what any library may do."""
    with _LOCK:
        pass


@contextmanager
def held_by_a_thread() -> Iterator[None]:
    """Another thread is inside of the lock for as long as the block runs."""
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with _LOCK:
            inside.set()
            leave.wait()

    thread = threading.Thread(target=stay)
    thread.start()
    inside.wait()
    try:
        yield
    finally:
        leave.set()
        thread.join()


def start_and_join(method: Method, *, patience_s: float) -> str:
    """The message of what became of the child; nothing if it ended well."""
    context: Any = multiprocessing.get_context(method)  # each has Process, their common base has not
    child = context.Process(target=use_the_lock)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        child.start()
    child.join(patience_s)
    if child.exitcode == 0:
        return ""
    child.kill()
    child.join()
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    warned = str(caught[0].message) if caught else f"no message at all ({python}; 3.12 and later warn at the fork)"
    return f"the child hangs in acquire(): {warned}"


def measure(scale: Scale) -> list[Figure]:
    with held_by_a_thread():
        return [
            figure(TRAP, start_and_join("fork", patience_s=_PATIENCE_S)),
            figure(MENDED, start_and_join("spawn", patience_s=_SPAWN_PATIENCE_S)),
        ]


def judge(figures: Figures) -> list[Verdict]:
    return [sprung("with threads spawn is safe and fork is not", figures)]


EXPERIMENT = Experiment("Trap: fork after threads", measure, judge)
