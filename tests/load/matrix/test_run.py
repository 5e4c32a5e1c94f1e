"""An experiment is a process of its own: its failure is told, its time is bounded, and nothing of it stays."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from load.matrix.experiment import Agreement, Verdict
from load.matrix.figures import Figure
from load.matrix.run import row_of, run_experiment
from load.matrix.scale import Scale
from load.storm.proc import children_of, is_alive

DEADLINE_S = 30.0


def test_an_experiment_that_fails_is_told_with_the_end_of_what_it_printed() -> None:
    row = run_experiment("no_such_experiment", Scale.SHORT)
    assert "ended with status 1" in row.failure
    assert "ModuleNotFoundError: No module named 'load.matrix.no_such_experiment'" in row.failure


def test_an_experiment_that_takes_too_long_is_ended_and_told() -> None:
    row = run_experiment("traps.fork_after_threads", Scale.SHORT, timeout_s=0.01)
    assert row.failure.startswith("not done after 0.01 s")


def test_what_an_experiment_leaves_behind_is_killed() -> None:
    row = run_experiment("any", Scale.SHORT, entry="tests.load.matrix.leaves_a_child")
    assert not row.failure
    deadline = time.monotonic() + DEADLINE_S  # the system takes a moment to end it
    while is_alive(int(row.title)):
        assert time.monotonic() < deadline


def test_a_command_that_is_terminated_ends_the_experiment_under_way(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "load", "matrix", "--short", "--only", "cpu_bound", "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        process.stderr.read(len("[ 1/1] cpu_bound"))  # the next thing it does is to start the experiment
        deadline = time.monotonic() + DEADLINE_S
        while not (children := children_of(process.pid)):
            assert time.monotonic() < deadline
        process.terminate()
        assert process.wait(DEADLINE_S) == 143
    while any(map(is_alive, children)):
        assert time.monotonic() < deadline


def test_a_row_has_all_that_was_written() -> None:
    found = {
        "title": "T",
        "took_s": 1.5,
        "figures": [{"what": "w", "way": "x", "value": 2.0, "unit": "s", "at": 3.0, "note": "n"}],
        "verdicts": [{"claim": "c", "finding": "f", "agreement": "too simple"}],
    }
    row = row_of("name", found)
    assert row.figures == (Figure("w", "x", 2.0, "s", 3.0, "n"),)
    assert row.verdicts == (Verdict("c", "f", Agreement.TOO_SIMPLE),)
