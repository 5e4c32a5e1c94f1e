"""Measures on this host which of asyncio, threads and processes fits which work, and holds the notes' claims to it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from load.matrix.experiments import NAMES
from load.matrix.report import MatrixReport, Row, format_row, format_table, to_json
from load.matrix.run import run_experiment
from load.matrix.scale import Scale
from load.own_server import clean_termination

Run = Callable[[str, Scale], Row]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--short", action="store_true", help="small sizes: whether all of it runs, not how fast it is")
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME", help=f"one of {', '.join(NAMES)}")
    parser.add_argument(
        "--out", type=Path, default=Path("reports"), help="folder for matrix.json and matrix.html (default: reports)"
    )


def run(args: argparse.Namespace, *, run_one: Run = run_experiment) -> int:
    """Run the experiments one after another, print the table, write JSON and page. Returns the exit status."""
    scale = Scale.SHORT if args.short else Scale.FULL
    names = args.only or NAMES
    args.out.mkdir(parents=True, exist_ok=True)  # if it can't be, better now than after the run
    rows = []
    with clean_termination():
        for place, name in enumerate(names, 1):
            print(f"[{place:2}/{len(names)}] {name:<26}", end=" ", file=sys.stderr, flush=True)
            rows.append(run_one(name, scale))
            print(format_row(rows[-1]), file=sys.stderr, flush=True)
    report = MatrixReport(_command_line(), _machine(), scale.value, tuple(rows))
    print(format_table(report))
    _write(report, args.out)
    return int(report.has_failed)


def _write(report: MatrixReport, folder: Path) -> None:
    from load.matrix.page import page  # matplotlib takes a second, and is not needed until now

    text = json.dumps(to_json(report), indent=2, ensure_ascii=False)
    (folder / "matrix.json").write_text(text + "\n", encoding="utf-8")
    page(report).write(folder / "matrix.html")
    print(f"written: {folder / 'matrix.json'}, {folder / 'matrix.html'}")


def _machine() -> dict[str, object]:
    import torch  # after the measurements, for its threads and its memory

    from load.bench import machine

    return machine.describe(torch.device("cpu"))


def _command_line() -> str:
    return " ".join(["python -m load", *sys.argv[1:]])
