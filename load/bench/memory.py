"""The most memory that a stretch of this process's life took."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import torch

_KIB = 1024


class PeakMemory:
    """Peak memory from its creation on: a GPU's allocations, or this process's resident memory.

    Where resident memory's high-water mark can't be set back (not Linux), it is the process's whole life's.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        elif sys.platform == "linux":
            Path("/proc/self/clear_refs").write_text("5")  # man 5 proc: resets VmHWM

    def bytes(self) -> int:
        """Peak until now."""
        if self._device.type == "cuda":
            return torch.cuda.max_memory_allocated(self._device)
        for line in _status_lines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * _KIB
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * _KIB


def _status_lines() -> list[str]:
    try:
        return Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return []
