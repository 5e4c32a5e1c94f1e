"""A server as a process of its own on 127.0.0.1, for as long as a block runs, and what it takes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_STOP_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Served:
    """Where it answers and which process it is."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def served(module: str, *args: str) -> Iterator[Served]:
    """Run `python -m module args`, which prints its port as its first line once it can be asked.

    Raises: ChildProcessError, if it ends before that.
    """
    command = [sys.executable, "-m", module, *args]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.strip().isdigit():
            raise ChildProcessError(f"{module} printed {line!r} and not its port")
        yield Served(int(line), process.pid)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
