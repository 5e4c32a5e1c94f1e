"""Trap: a pool in a script without `if __name__ == "__main__"`. Spawned processes run the script again."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from load.matrix.experiment import Experiment, Verdict
from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale
from load.matrix.traps.sprung import MENDED, TRAP, figure, sprung

_FORK = "the same with fork"
_TIMEOUT_S = 60

UNGUARDED = """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

def square(number):
    return number ** 2

pool = ProcessPoolExecutor(2, get_context("spawn"))
print(list(pool.map(square, range(4))))
"""

GUARDED = """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

def square(number):
    return number ** 2

if __name__ == "__main__":
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        print(list(pool.map(square, range(4))))
"""

_SCRIPTS = {TRAP: UNGUARDED, _FORK: UNGUARDED.replace('"spawn"', '"fork"'), MENDED: GUARDED}


def run_script(source: str) -> str:
    """Run it as a person does. Returns the message of its child or its own, or nothing if it printed the squares.

    A multiprocessing.Pool in the same place never ends: it starts a new process for each that fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.py"
        script.write_text(source, encoding="utf-8")
        done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    if done.stdout.strip() == "[0, 1, 4, 9]":
        return ""
    lines = [line.strip() for line in done.stderr.splitlines()]
    told = [place for place, line in enumerate(lines) if line.startswith("RuntimeError:")]
    return " ".join(filter(None, lines[told[0] : told[0] + 3])) if told else lines[-1]


def measure(scale: Scale) -> list[Figure]:
    return [figure(way, run_script(source)) for way, source in _SCRIPTS.items()]


def judge(figures: Figures) -> list[Verdict]:
    return [sprung("a pool needs a guarded main (spawn and, from 3.14 on, by default)", figures)]


EXPERIMENT = Experiment("Trap: a pool in an unguarded main", measure, judge)
