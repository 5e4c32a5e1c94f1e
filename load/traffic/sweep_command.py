"""Finds a server's knee: the highest rate whose goodput stays at the limits; and suggests settings."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from load.few_collections import few_collections
from load.storm.connection import Target
from load.storm.run import raise_descriptor_limit
from load.table import format_table
from load.traffic import scenario
from load.traffic.advice import advise, env_diff, present_settings
from load.traffic.arrivals import Poisson
from load.traffic.drive import drive
from load.traffic.knee import Step, beyond_of, knee_of, next_rate
from load.traffic.peak import PEAK_S, measure_peak
from load.traffic.run_command import FAULTS
from load.traffic.scenario import Scenario
from load.traffic.subject import Subject, add_server_arguments, served
from load.traffic.summary import summarize
from load.traffic.sweep_page import HEAD, page_of, rows_of, to_json
from load.traffic.terminal import limits_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add = parser.add_argument
    add("scenario", nargs="?", default="baseline", help="whose requests and limits are taken (default: %(default)s)")
    add("--step", type=_seconds, default=10.0, metavar="SECONDS", help="time for each rate (default: %(default)s)")
    add("--max-steps", type=int, default=9, help="rates tried at most (default: %(default)s)")
    add("--share", type=float, default=0.95, help="of all requests, to be within the limits (default: %(default)s)")
    add("--out", type=Path, default=Path("reports"), help="folder for load-sweep.json and .html (default: reports)")
    add_server_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Sweep, print, write. Returns 0; 1 if no rate was good; 2 if it could not be run."""
    try:
        chosen = scenario.read(args.scenario)
        raise_descriptor_limit()
        with served(args, chosen.server) as (target, server), few_collections():
            args.out.mkdir(parents=True, exist_ok=True)  # if it can't be, better now than after the run
            steps = uvloop.run(_sweep(args, target, chosen))
    except FAULTS as error:
        print(error, file=sys.stderr)
        return 2
    told = _told(args, chosen, steps)
    stem = args.out / "load-sweep"
    fields = to_json(steps, name=args.scenario, server=server, told=told)
    stem.with_suffix(".json").write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
    page_of(steps, title=f"Load sweep: {args.scenario}", server=server, told=told).write(stem.with_suffix(".html"))
    print(f"{format_table(HEAD, rows_of(steps))}\n\n{told}\n\nwritten: {stem}.json, {stem}.html")
    return 0 if knee_of(steps, min_share=args.share) else 1


def _seconds(text: str) -> float:
    """A time from 0.1 s on. Raises: ArgumentTypeError, ValueError, which argparse tells its way."""
    if not 0.1 <= (seconds := float(text)) < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is no time from 0.1 s on")
    return seconds


async def _sweep(args: argparse.Namespace, target: Target, chosen: Scenario) -> Sequence[Step]:
    subject = await Subject.found(target, health_path=args.health_path)
    peak = await measure_peak(subject, chosen, screen=sys.stderr, duration_s=min(PEAK_S, args.step))
    steps: list[Step] = []
    while rate := next_rate(steps, peak=peak, min_share=args.share, max_steps=args.max_steps):
        print(f"{rate:.3g} requests/s", file=sys.stderr, flush=True)
        arrivals = Poisson(kind="poisson", rate=rate, duration_s=args.step)
        # Another seed for each: the same prompts again would be answered from a cache of prefixes.
        asked = chosen.model_copy(update={"arrivals": arrivals, "seed": chosen.seed + len(steps) + 1, "beside": ()})
        part = await drive(subject, asked, rate=rate, screen=sys.stderr)
        steps.append(Step(rate, part, summarize(part, chosen.limits)))
        if not steps[-1].summary.is_valid:
            break
    return sorted(steps, key=lambda step: step.rate)


def _told(args: argparse.Namespace, chosen: Scenario, steps: Sequence[Step]) -> str:
    """The knee and the settings, in words."""
    limits = limits_text(chosen.limits)
    faults = [f"INVALID at {step.rate:.3g}/s: {fault}" for step in steps for fault in step.summary.faults]
    knee = knee_of(steps, min_share=args.share)
    if knee is None:
        return "\n".join([*faults, f"No rate was found at which {args.share:.0%} of all answers keep {limits}."])
    at = "at" if beyond_of(steps, min_share=args.share) else "at or above"
    lines = [
        *faults,
        f"The knee is {at} {knee.rate:.3g} requests/s: {knee.summary.good_share:.1%} of all within {limits}, "
        f"{knee.summary.tokens_per_s:.0f} tokens/s.",
    ]
    diff = env_diff(advise(knee, steps, chosen.limits), {} if args.url else present_settings())
    if diff:
        lines += ["Settings for requests like these:", diff]
    return "\n".join(lines)
