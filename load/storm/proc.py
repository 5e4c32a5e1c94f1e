"""What the system says of the server's process: memory, descriptors, threads, children. Linux only, by /proc."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One look at a process. Memory is what is resident."""

    rss_bytes: int
    num_fds: int
    num_threads: int


def process_state(pid: int, *, proc: Path = PROC) -> ProcessState:
    """Raises: OSError, if it is gone."""
    status = _status(proc / str(pid))
    num_fds = sum(1 for _ in (proc / str(pid) / "fd").iterdir())
    return ProcessState(int(status["VmRSS"].split()[0]) * 1024, num_fds, int(status["Threads"]))


def event_loop_s(pid: int, *, proc: Path = PROC) -> float:
    """CPU seconds of a process's first thread so far, which is where its event loop runs. Raises: OSError."""
    return int((proc / str(pid) / "task" / str(pid) / "schedstat").read_text().split()[0]) / 1e9


def children_of(pid: int, *, proc: Path = PROC) -> list[int]:
    """All descendants that live, the nearest first."""
    parents: dict[int, list[int]] = {}
    for folder in proc.iterdir():
        if folder.name.isdigit():
            try:
                status = _status(folder)
            except OSError:
                continue
            if not status["State"].startswith("Z"):
                parents.setdefault(int(status["PPid"]), []).append(int(folder.name))
    found = list(parents.get(pid, []))
    for child in found:
        found += parents.get(child, [])
    return found


def is_alive(pid: int, *, proc: Path = PROC) -> bool:
    """Whether it runs; a dead one that nobody collected yet does not."""
    try:
        return not _status(proc / str(pid))["State"].startswith("Z")
    except OSError:
        return False


def command_line(pid: int, *, proc: Path = PROC) -> str:
    """How it was started; empty if it is gone."""
    try:
        return (proc / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _status(folder: Path) -> dict[str, str]:
    lines = (folder / "status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
