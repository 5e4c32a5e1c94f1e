"""Fires the lab's endpoints one after another, pings /healthz meanwhile, and prints what became of the event loop."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from http.client import HTTPException
from typing import Any

import httpx

from load.own_server import ServerNotReadyError, clean_termination, own_server
from load.ping import Pinger, PingSummary

ENDPOINTS = ("blocking", "threadpool", "offloaded", "gil", "process")
_TIMEOUT_S = 120.0
# The loop counts as stopped when it, and a client of it, waited this much of the work's time in one piece.
_STOPPED_SHARE = 0.25
_LESSON = (
    "A call that computes stops every client of the event loop, in a thread too if it holds the GIL.\n"
    "Offload what releases it to threads, and the rest to processes."
)


@dataclass(frozen=True)
class Row:
    """One endpoint's measurement. `loop_delay_ms` is the server's own view, `ping` the client's."""

    endpoint: str
    took_ms: float
    ping: PingSummary
    loop_delay_ms: float
    ticks: int
    possible_ticks: int
    explanation: str

    @property
    def is_stopped(self) -> bool:
        """Whether the loop did nothing else for a good part of the work, as both sides saw it."""
        return min(self.loop_delay_ms, self.ping.longest_silence_ms) >= _STOPPED_SHARE * self.took_ms


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--url", help="a running server with the lab on; by default one is started for this run")
    parser.add_argument("--forwards", type=int, default=25, help="torch forwards in a job (default: 25)")
    parser.add_argument(
        "--chars", type=int, default=1_000_000, help="characters to tokenize in a job (default: 1000000)"
    )
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")


def run(args: argparse.Namespace) -> int:
    """Measure and print. Returns the exit status."""
    try:
        if args.url:
            rows = measure_all(args.url, num_forwards=args.forwards, num_chars=args.chars)
        else:
            print("Starting a server with the lab on ...", file=sys.stderr)
            with clean_termination(), own_server({"UNBLOCKED_LAB_ENABLED": "1"}) as url:
                rows = measure_all(url, num_forwards=args.forwards, num_chars=args.chars)
    except ServerNotReadyError as error:
        print(error, file=sys.stderr)
        return 1
    except (httpx.HTTPError, HTTPException, OSError) as error:
        print(f"{error}\nIs a server there, with the lab on (UNBLOCKED_LAB_ENABLED=1)?", file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps([{**asdict(row), "is_stopped": row.is_stopped} for row in rows], indent=2))
    else:
        print(format_table(rows))
    return 0


def measure_all(url: str, *, num_forwards: int, num_chars: int) -> list[Row]:
    """One row per endpoint. Each is asked for a little work first, so that nothing is measured cold.

    Raises: httpx.HTTPError, if the server does not answer as the lab does.
    """
    with httpx.Client(base_url=url, timeout=_TIMEOUT_S) as client:
        for endpoint in ENDPOINTS:
            _fire(client, endpoint, num_forwards=1, num_chars=1000)
        return [
            _measure(client, url, endpoint, num_forwards=num_forwards, num_chars=num_chars) for endpoint in ENDPOINTS
        ]


def format_table(rows: list[Row]) -> str:
    """The rows for a person: one line each, then what each endpoint does, then the lesson."""
    head = ("/lab/...", "took", "/healthz p50", "max", "silence", "loop delay", "ticks", "event loop")
    lines = [
        (
            row.endpoint,
            f"{row.took_ms:.0f} ms",
            f"{row.ping.p50_ms:.1f} ms",
            f"{row.ping.max_ms:.0f} ms",
            f"{row.ping.longest_silence_ms:.0f} ms",
            f"{row.loop_delay_ms:.0f} ms",
            f"{row.ticks}/{row.possible_ticks}",
            "STOPPED" if row.is_stopped else "free",
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    table = [
        "  ".join(
            cell.ljust(width) if column in (0, len(head) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (head, *lines)
    ]
    legend = [f"{row.endpoint:<{widths[0]}}  {row.explanation}" for row in rows]
    return "\n".join([table[0], "-" * max(map(len, table)), *table[1:], "", *legend, "", _LESSON])


def _measure(client: httpx.Client, url: str, endpoint: str, *, num_forwards: int, num_chars: int) -> Row:
    with Pinger(url) as pinger:
        began = time.perf_counter()
        report = _fire(client, endpoint, num_forwards=num_forwards, num_chars=num_chars)
        ended = time.perf_counter()
    return Row(
        endpoint=endpoint,
        took_ms=report["took_ms"],
        ping=pinger.between(began, ended),
        loop_delay_ms=report["loop_max_delay_ms"],
        ticks=report["loop_ticks"],
        possible_ticks=report["loop_possible_ticks"],
        explanation=report["explanation"],
    )


def _fire(client: httpx.Client, endpoint: str, *, num_forwards: int, num_chars: int) -> dict[str, Any]:
    response = client.get(f"/lab/{endpoint}", params={"num_forwards": num_forwards, "num_chars": num_chars})
    report: dict[str, Any] = response.raise_for_status().json()
    return report
