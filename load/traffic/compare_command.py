"""Compares two runs of the same scenario: how each figure changed, with an interval, and what that means."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from load.table import format_table
from load.traffic.compare import Change, cautions, compare, verdict
from load.traffic.result import NoResultError, read_part
from load.traffic.summary import plain
from load.traffic.terminal import number

_HEAD = ("metric", "A", "B", "change", "from", "to", "")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    for name in ("before", "after"):
        text = "the JSON file of a run; FILE.json:NAME for one of several parts"
        parser.add_argument(name, metavar="A" if name == "before" else "B", help=text)
    parser.add_argument("--json", action="store_true", help="print the changes as JSON")


def run(args: argparse.Namespace) -> int:
    """Compare and print. Returns 0; 1 if B is worse in anything, to stop a pipeline; 2 if a file can't be read."""
    try:
        (first, before), (_, after) = read_part(args.before), read_part(args.after)
    except NoResultError as error:
        print(error, file=sys.stderr)
        return 2
    limits = first.scenario.limits
    changes = compare(before, after, limits)
    warnings = list(cautions(before, after, limits))
    if args.json:
        rows = [plain({**asdict(change), "change": change.change, "verdict": change.verdict}) for change in changes]
        print(json.dumps({"verdict": verdict(changes), "cautions": warnings, "changes": rows}, indent=2))
    else:
        print(format_changes(changes, warnings))
    return int(any(change.verdict == "worse" for change in changes))


def format_changes(changes: Sequence[Change], warnings: Sequence[str]) -> str:
    """A line for each metric, the cautions, and the verdict."""
    rows = [
        (
            change.name,
            number(change.before),
            number(change.after),
            *(f"{value:+.1%}" for value in (change.change, change.low, change.high)),
            change.verdict,
        )
        for change in changes
    ]
    notes = [f"Caution: {warning}" for warning in warnings]
    return "\n".join([format_table(_HEAD, rows), "", *notes, verdict(changes)])
