"""One experiment in a process of its own: `python -m load.matrix.alone NAME SCALE OUT` writes what it found as JSON.

Its own process, so that memory and threads are its own, a fork forks nothing else, and the worker processes that an
experiment spawns import this small module again and not the whole command.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from load.matrix.experiment import Experiment
from load.matrix.figures import Figures
from load.matrix.scale import Scale


def load_experiment(name: str) -> Experiment:
    """The experiment of the module `load.matrix.<name>`. Raises: ImportError."""
    found = importlib.import_module(f"load.matrix.{name}").EXPERIMENT
    assert isinstance(found, Experiment)
    return found


def main(name: str, scale: str, out: str) -> None:
    """Measure, judge and write."""
    experiment = load_experiment(name)
    began = time.perf_counter()
    figures = experiment.measure(Scale(scale))
    verdicts = experiment.judge(Figures(figures))
    result = {
        "title": experiment.title,
        "took_s": round(time.perf_counter() - began, 2),
        "figures": [asdict(figure) for figure in figures],
        "verdicts": [{**asdict(found), "agreement": found.agreement.value} for found in verdicts],
    }
    Path(out).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
