"""Keeps the garbage collector from all that is there now, as the service does: a pass over torch takes 100 ms."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def few_collections() -> Iterator[None]:
    """While the block runs only what it makes itself is collected; a pause would count against what is measured."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
