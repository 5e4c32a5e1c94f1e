"""Throws at a real server what the open side of a load balancer sees, and holds it to what is promised."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from load.own_server import clean_termination
from load.storm.arena import Storm
from load.storm.report import Report, Row, format_row, format_table, to_json
from load.storm.run import run_all
from load.storm.scale import FULL, SHORT, Scale
from load.storm.storms import STORMS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    names = [storm.name for storm in STORMS]
    add = parser.add_argument
    add("--short", action="store_true", help="under a minute; what depends on the machine's speed is told, not judged")
    add("--only", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}; may be repeated")
    add("--soak", action="store_true", help="also minutes at 80 %% of what the server can do")
    add("--out", type=Path, default=Path("reports"), help="folder for storm.json (default: %(default)s)")


def run(args: argparse.Namespace, *, runner: Callable[[Sequence[Storm], Scale], Iterator[Row]] | None = None) -> int:
    """Run the storms, print the table, write the JSON. Returns 0 if every promise was kept, else 1."""
    storms = chosen(STORMS, only=args.only or (), has_soak=args.soak)
    scale = SHORT if args.short else FULL
    args.out.mkdir(parents=True, exist_ok=True)  # if it can't be, better now than after the run
    rows: list[Row] = []
    with clean_termination():
        for row in (runner or _run)(storms, scale):
            rows.append(row)
            print(format_row(row, judges_timings=not args.short), file=sys.stderr, flush=True)
    report = Report(tuple(rows), judges_timings=not args.short)
    path = args.out / "storm.json"
    path.write_text(json.dumps(to_json(report), indent=2) + "\n", encoding="utf-8")
    print(format_table(report))
    print(f"written: {path}")
    return 0 if report.is_held else 1


def chosen(storms: Sequence[Storm], *, only: Sequence[str], has_soak: bool) -> list[Storm]:
    """Those that are to be run; one named by `only` is, however long it takes."""
    if only:
        return [storm for storm in storms if storm.name in only]
    return [storm for storm in storms if has_soak or not storm.is_asked_for]


def _run(storms: Sequence[Storm], scale: Scale) -> Iterator[Row]:
    return run_all(storms, scale, tell=lambda line: print(line, file=sys.stderr, flush=True))
