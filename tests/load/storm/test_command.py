"""The command runs what was asked for, and its exit status is the verdict."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from load.storm.arena import Storm
from load.storm.command import add_arguments, chosen, run
from load.storm.figures import at_most, none_of
from load.storm.report import Row
from load.storm.scale import FULL, SHORT, Scale
from load.storm.storms import STORMS

HELD = Row("x", (none_of("lost", 0, 1),), 1.0)
BROKEN = Row("x", (none_of("lost", 1, 1),), 1.0)
SLOW = Row("x", (at_most("p99", 30, 20, "ms", is_timing=True),), 1.0)


def outcome(argv: list[str], row: Row, out: Path) -> tuple[int, Sequence[Storm], Scale]:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    seen: list[tuple[Sequence[Storm], Scale]] = []

    def runner(storms: Sequence[Storm], scale: Scale) -> Iterator[Row]:
        seen.append((storms, scale))
        yield row

    status = run(parser.parse_args([*argv, "--out", str(out)]), runner=runner)
    return status, *seen[0]


@pytest.mark.parametrize(
    ("argv", "row", "status"),
    [([], HELD, 0), ([], BROKEN, 1), ([], SLOW, 1), (["--short"], SLOW, 0), (["--short"], BROKEN, 1)],
)
def test_a_broken_promise_is_the_exit_status(
    argv: list[str], row: Row, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, _, scale = outcome(argv, row, tmp_path / "new")
    assert found == status
    assert scale is (SHORT if argv else FULL)
    assert json.loads((tmp_path / "new" / "storm.json").read_text())["is_held"] is (status == 0)
    assert row.figures[0].promise in capsys.readouterr().out


def test_a_folder_that_can_not_be_is_found_out_before_the_storms(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    def runner(storms: Sequence[Storm], scale: Scale) -> Iterator[Row]:
        raise AssertionError("they rage")

    with pytest.raises(FileExistsError):
        run(parser.parse_args(["--out", str(tmp_path / "file")]), runner=runner)


def test_the_soak_is_run_only_when_asked_for(tmp_path: Path) -> None:
    _, storms, _ = outcome([], HELD, tmp_path)
    assert [storm.name for storm in storms] == [storm.name for storm in STORMS if storm.name != "soak"]
    _, storms, _ = outcome(["--soak"], HELD, tmp_path)
    assert list(storms) == list(STORMS)
    assert [storm.name for storm in chosen(STORMS, only=["soak", "drain"], has_soak=False)] == ["soak", "drain"]


def test_storms_with_the_same_settings_stand_together_and_share_a_server() -> None:
    settings = [tuple(storm.settings.items()) for storm in STORMS]
    assert len({storm.name for storm in STORMS}) == len(STORMS)
    assert sum(earlier != later for earlier, later in pairwise(settings)) == len(set(settings)) - 1
