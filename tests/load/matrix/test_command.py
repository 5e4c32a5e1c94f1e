"""The command runs what is asked for, in order, and writes what it found."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from load.matrix import command
from load.matrix.experiment import Agreement, Verdict
from load.matrix.experiments import NAMES
from load.matrix.report import Row
from load.matrix.scale import Scale


class FakeRuns:
    """Remembers what was run; one of them may fail."""

    def __init__(self, failing: str = "") -> None:
        self.seen: list[tuple[str, Scale]] = []
        self._failing = failing

    def __call__(self, name: str, scale: Scale) -> Row:
        self.seen.append((name, scale))
        if name == self._failing:
            return Row(name, name, 0.1, failure="ended with status 1:")
        return Row(name, name, 0.1, verdicts=(Verdict("c", "f", Agreement.AGREES),))


def _parsed(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(argv)


def test_all_experiments_run_in_order_and_progress_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = FakeRuns()
    assert command.run(_parsed("--out", str(tmp_path)), run_one=runs) == 0
    assert runs.seen == [(name, Scale.FULL) for name in NAMES]
    told = capsys.readouterr()
    assert f"[ 1/{len(NAMES)}] cpu_bound" in told.err
    assert f"{len(NAMES)} agrees" in told.out
    assert len(json.loads((tmp_path / "matrix.json").read_text())["rows"]) == len(NAMES)
    assert "</html>" in (tmp_path / "matrix.html").read_text()


def test_a_folder_that_can_not_be_is_found_out_before_the_experiments(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    runs = FakeRuns()
    with pytest.raises(FileExistsError):
        command.run(_parsed("--out", str(tmp_path / "file")), run_one=runs)
    assert runs.seen == []


def test_only_what_is_named_runs_in_the_short_form(tmp_path: Path) -> None:
    runs = FakeRuns()
    args = _parsed("--short", "--only", "pickling", "--only", "traps.notebook", "--out", str(tmp_path))
    command.run(args, run_one=runs)
    assert runs.seen == [("pickling", Scale.SHORT), ("traps.notebook", Scale.SHORT)]


def test_a_failed_experiment_fails_the_command_and_stops_no_other(tmp_path: Path) -> None:
    runs = FakeRuns(failing=NAMES[0])
    assert command.run(_parsed("--out", str(tmp_path)), run_one=runs) == 1
    assert len(runs.seen) == len(NAMES)
