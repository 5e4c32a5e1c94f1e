"""Python's garbage collector, kept off what lives as long as the process: a full walk of it holds every thread."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_resting_for(module: str) -> Iterator[None]:
    """Collect nothing while a module is imported for the first time, nor ever walk what that brings.

    torch and transformers bring 600,000 objects: the collector would go over them again and again while they are made,
    which is 0.6 s of a start. Thread: the one that imports; others' garbage waits too.
    """
    if module in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def keep_all_for_good() -> None:
    """Collect what is garbage now, and never walk again what is left. Holds the interpreter while it collects."""
    gc.collect()
    gc.freeze()
