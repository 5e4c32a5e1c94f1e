"""Which kind of place fits work of a given size. A pure decision; the thresholds are measured on the host."""

from __future__ import annotations

from enum import Enum


class Placement(Enum):
    """Where a piece of work runs."""

    INLINE = "inline"  # on the event loop: cheaper than any hand-over
    THREAD = "thread"  # work that releases the GIL for most of its time
    PROCESS = "process"  # work that would hold the GIL, or a core, for long


def place(num_chars: int, *, thread_min_chars: int, process_min_chars: int) -> Placement:
    """Place work on `num_chars` characters of text. From each threshold on, the next place is taken."""
    if num_chars >= process_min_chars:
        return Placement.PROCESS
    if num_chars >= thread_min_chars:
        return Placement.THREAD
    return Placement.INLINE
