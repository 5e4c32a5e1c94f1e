"""What this process may use of its host: CPUs and memory, container limits included."""

from __future__ import annotations

import math
import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def cpu_quota(cgroup: Path = _CGROUP) -> float:
    """CPUs that this process may use: the least of its affinity and its cgroup's quota (v2, or v1).

    A 4-CPU container on a 64-CPU host sees 64 CPUs in os.cpu_count(); 64 threads on 4 CPUs are far slower than 4.
    """
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(float(affinity), _cgroup_quota(cgroup))


def num_usable_cpus() -> int:
    """Whole CPUs to plan threads for, at least 1."""
    return max(1, math.floor(cpu_quota()))


def available_memory_bytes(cgroup: Path = _CGROUP, meminfo: Path = Path("/proc/meminfo")) -> int:
    """Memory that can still be taken: the host's available memory or what the cgroup has left, whichever is less."""
    return min(_host_available_bytes(meminfo), _cgroup_available_bytes(cgroup))


def _cgroup_quota(cgroup: Path) -> float:
    words = _read(cgroup / "cpu.max").split()  # "200000 100000", or "max 100000"
    if not words:
        words = [_read(cgroup / "cpu" / "cpu.cfs_quota_us"), _read(cgroup / "cpu" / "cpu.cfs_period_us")]
    if len(words) != 2 or not words[0].isdigit() or not words[1].isdigit():
        return math.inf  # no limit: "max", "-1" or no cgroup at all
    return int(words[0]) / int(words[1])


def _cgroup_available_bytes(cgroup: Path) -> int:
    limit, used = _read(cgroup / "memory.max"), _read(cgroup / "memory.current")
    if not limit:
        v1 = cgroup / "memory"
        limit, used = _read(v1 / "memory.limit_in_bytes"), _read(v1 / "memory.usage_in_bytes")
    if not limit.isdigit() or not used.isdigit():
        return 2**63
    return max(int(limit) - int(used), 0)


def _host_available_bytes(meminfo: Path) -> int:
    for line in _read(meminfo).splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    return 4 * 2**30


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
