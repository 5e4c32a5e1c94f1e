"""Runs a scenario against a server and reports what its clients would have seen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from load.few_collections import few_collections
from load.own_server import ServerNotReadyError
from load.storm.connection import Target
from load.storm.run import raise_descriptor_limit
from load.traffic import page, result, scenario
from load.traffic.dialect import NoAnswerError
from load.traffic.drive import drive
from load.traffic.part import Part
from load.traffic.peak import NoPeakError, rate_of
from load.traffic.scenario import Scenario, ScenarioError
from load.traffic.subject import Subject, add_server_arguments, served
from load.traffic.target import NoTargetError
from load.traffic.terminal import format_result

# What is the user's or the server's fault, and is told in one line.
FAULTS = (ScenarioError, NoTargetError, NoAnswerError, NoPeakError, ServerNotReadyError)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add = parser.add_argument
    add("scenario", help=f"{', '.join(scenario.names())}, or a .toml file")
    add("--rate", type=float, help="requests a second, instead of the scenario's")
    add("--duration", type=float, metavar="SECONDS", help="how long requests are due, instead of the scenario's")
    add("--seed", type=int, help="another seed gives other prompts and other moments")
    add("--out", type=Path, default=Path("reports"), help="folder for load-SCENARIO.json and .html (default: reports)")
    add_server_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Run, print, write. Returns 0; 1 if the run is invalid or has errors; 2 if it could not be run."""
    try:
        found = measure(args)
    except FAULTS as error:
        print(error, file=sys.stderr)
        return 2
    stem = args.out / f"load-{found.name}"
    result.write(found, stem.with_suffix(".json"))
    page.page_of(found).write(stem.with_suffix(".html"))
    print(format_result(found))
    print(f"\nwritten: {stem}.json, {stem}.html")
    return 0 if found.is_valid and not found.num_errors else 1


def measure(args: argparse.Namespace) -> result.Result:
    """Find or start a server and run the scenario against it. Raises: one of FAULTS."""
    chosen = scenario.read(args.scenario).changed(rate=args.rate, duration_s=args.duration, seed=args.seed)
    raise_descriptor_limit()
    with served(args, chosen.server) as (target, server), few_collections():
        args.out.mkdir(parents=True, exist_ok=True)  # if it can't be, better now than after the run
        parts = uvloop.run(_parts(target, chosen, health_path=args.health_path))
        return result.new(Path(args.scenario).stem, chosen, server=server, model=target.model, parts=parts)


async def _parts(target: Target, chosen: Scenario, *, health_path: str) -> Sequence[Part]:
    """The scenario once, or once beside each of what is to be compared, at the same rate and with the same requests."""
    subject = await Subject.found(target, health_path=health_path)
    rate = await rate_of(subject, chosen, screen=sys.stderr)
    return [
        await drive(subject, chosen, rate=rate, screen=sys.stderr, beside=beside) for beside in chosen.beside or (None,)
    ]
