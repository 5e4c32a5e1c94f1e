"""What the kernel knows of one thread: CPU time used, time it was ready but got no CPU, whether it sleeps.

Linux only; elsewhere a thread knows its own CPU time and the rest reads as nothing, so that a busy machine can't be
told from a call that waits.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc/self/task")


@dataclass(frozen=True, slots=True)
class ThreadUse:
    """Since the thread began, in seconds; a thread that waits for a lock, the GIL's too, is asleep."""

    cpu_s: float = 0.0
    starved_s: float = 0.0
    is_asleep: bool = False

    def since(self, earlier: ThreadUse) -> ThreadUse:
        """Return what was used after `earlier`; asleep as it is now."""
        return ThreadUse(self.cpu_s - earlier.cpu_s, self.starved_s - earlier.starved_s, self.is_asleep)


class ThreadClock:
    """Reads one thread's use: 4 microseconds, 10 with `is_asleep`. Thread: any; close it when done.

    Keeps its files open, so it reads on safely (as nothing) when the thread has ended.
    """

    def __init__(self, native_id: int, *, proc: Path = _PROC) -> None:
        self._native_id = native_id
        self._schedstat = _open(proc / str(native_id) / "schedstat")
        self._stat = _open(proc / str(native_id) / "stat")

    def read(self, *, with_state: bool = False) -> ThreadUse:
        """Return the use so far; `is_asleep` only if `with_state`."""
        numbers = _pread(self._schedstat).split()  # ns on a CPU, ns ready without one, time slices
        if len(numbers) < 2:
            is_own = threading.get_native_id() == self._native_id
            return ThreadUse(cpu_s=time.thread_time() if is_own else 0.0)
        # "1234 (any name) S ...": of the name only its last parenthesis is certain
        state = _pread(self._stat).rpartition(b")")[2].split()[:1] if with_state else []
        return ThreadUse(int(numbers[0]) / 1e9, int(numbers[1]) / 1e9, state in ([b"S"], [b"D"]))

    def close(self) -> None:
        """Close the files. Idempotent."""
        for descriptor in (self._schedstat, self._stat):
            if descriptor is not None:
                os.close(descriptor)
        self._schedstat = self._stat = None


def _open(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _pread(descriptor: int | None) -> bytes:
    try:
        return b"" if descriptor is None else os.pread(descriptor, 512, 0)
    except OSError:  # ESRCH: the thread has ended
        return b""
