"""Where the time of a start goes, from the process's own beginning on. Knows nothing of what is started."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

_IMPORTED_S = time.monotonic()
_STARTED_FIELD = 19  # of /proc/self/stat behind the command's name: when the process began, in ticks since boot


def process_age_s(stat: Path = Path("/proc/self/stat")) -> float:
    """Seconds since this process began; since this module was imported, where the kernel does not tell (no /proc)."""
    try:
        ticks = int(stat.read_text().rpartition(")")[2].split()[_STARTED_FIELD])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError):
        return time.monotonic() - _IMPORTED_S


class StartClock:
    """Seconds of wall time by stage, and the process's seconds of CPU time. Thread: one at a time."""

    def __init__(self, age_s: Callable[[], float] = process_age_s) -> None:
        self._age_s = age_s
        self._laps: list[tuple[str, float]] = []
        self._lap_began_s = 0.0

    def lap(self, name: str) -> None:
        """Note that a stage is over: what passed since the last one, or since the process began."""
        now_s = self._age_s()
        self._laps.append((name, now_s - self._lap_began_s))
        self._lap_began_s = now_s

    def __str__(self) -> str:
        """Return what a person reads, up to the last lap: the whole, and each stage in its order."""
        stages = ", ".join(f"{name} {took_s:.2f}" for name, took_s in self._laps)
        return f"{self._lap_began_s:.1f} s ({time.process_time():.1f} of CPU): {stages}"
