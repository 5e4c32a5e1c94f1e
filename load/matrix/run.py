"""Runs each experiment in a process of its own, and sees to it that nothing of it is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from load.matrix.experiment import Agreement, Verdict
from load.matrix.figures import Figure
from load.matrix.report import Row
from load.matrix.scale import Scale

TIMEOUT_S = 300.0
_TAIL_CHARS = 2000


def run_experiment(name: str, scale: Scale, *, timeout_s: float = TIMEOUT_S, entry: str = "load.matrix.alone") -> Row:
    """Measure and judge one experiment. A Row tells of a failure too: nothing is raised for it.

    Blocks until it is over; whatever is then left of its process group is killed. entry: the module that is run.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        out, log = Path(folder) / "out.json", Path(folder) / "log"
        command = [sys.executable, "-m", entry, name, scale.value, str(out)]
        failure = _run(command, log=log, timeout_s=timeout_s)
        if failure:
            return Row(name, name, time.monotonic() - began, failure=f"{failure}:\n{_tail(log)}")
        return row_of(name, json.loads(out.read_text(encoding="utf-8")))


def row_of(name: str, found: dict[str, Any]) -> Row:
    """What `load.matrix.alone` wrote."""
    return Row(
        name=name,
        title=found["title"],
        took_s=found["took_s"],
        figures=tuple(Figure(**figure) for figure in found["figures"]),
        verdicts=tuple(
            Verdict(verdict["claim"], verdict["finding"], Agreement(verdict["agreement"]))
            for verdict in found["verdicts"]
        ),
    )


def _run(command: list[str], *, log: Path, timeout_s: float) -> str:
    """Why there is no result, or nothing."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
        try:
            status = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return f"not done after {timeout_s:g} s"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return f"ended with status {status}" if status else ""


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-_TAIL_CHARS:].strip()
