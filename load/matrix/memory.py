"""What a process holds in memory, as the system tells it. Linux."""

from __future__ import annotations

import os
from pathlib import Path

_KIB = 1024


def resident_bytes(pid: int | None = None) -> int:
    """Resident memory of one process, shared pages included."""
    pages = int(Path(f"/proc/{pid or os.getpid()}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def own_bytes(pid: int) -> int:
    """What would be free again if this process ended: its pages that nobody shares."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * _KIB for line in lines if line.startswith("Private_"))


def num_threads(pid: int) -> int:
    """Threads of one process."""
    return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())
