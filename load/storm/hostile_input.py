"""Malformed requests, each on a connection of its own: each is told so, shortly and at once, or cut off."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from load.bench.timing import percentile
from load.hostile import CASES, HostileCase
from load.storm.answer import Answer, BrokenAnswerError
from load.storm.arena import Arena
from load.storm.connection import Connection, Target
from load.storm.figures import Figure, at_most, exactly, none_of, told
from load.storm.hostile_cases import cases_and_mutations
from load.storm.meters import MeterReader, Meters

HEADER_TIMEOUT_S = 3.0
SETTINGS = {"UNBLOCKED_HEADER_TIMEOUT_S": str(HEADER_TIMEOUT_S), "UNBLOCKED_BODY_TIMEOUT_S": str(HEADER_TIMEOUT_S)}
_MAX_MS = 50.0
_MAX_BYTES = 4096
_PATIENCE_S = 0.2  # then the server is taken to wait for the rest of a request
CLOSED_WITHIN_S = 2.0 * HEADER_TIMEOUT_S


class Reaction(Enum):
    """What a server may do with bytes. One that waits for the rest has to close the connection by its deadline."""

    ANSWERED = "answered"
    CLOSED = "closed"
    WAITED = "waited, then closed"
    STUCK = "never closed"
    BROKEN = "not HTTP"


@dataclass(frozen=True, slots=True)
class Reception:
    """How one case was received. took_ms: until the answer was whole or the connection closed."""

    case: HostileCase
    is_known: bool  # one of the cases by name, not a mutation, which may happen to be a good request
    reaction: Reaction
    took_ms: float
    status: int = 0
    num_bytes: int = 0

    @property
    def label(self) -> str:
        return f"{self.case.name}: {self.status or self.reaction.value}"


async def rage(arena: Arena) -> list[Figure]:
    """Send them all and judge."""
    return judge(await drive(arena))


@dataclass(frozen=True, slots=True)
class Findings:
    """num_server_errors: 5xx that the server itself counted; bytes may be several requests, and one answer is read."""

    received: Sequence[Reception]
    num_server_errors: float


async def drive(
    arena: Arena, *, cases: Sequence[HostileCase] = CASES, closed_within_s: float = CLOSED_WITHIN_S
) -> Findings:
    """One after another, so that each has the server for itself; those that the server waits for end together."""
    meters = MeterReader(arena.target)
    before = await meters.read()
    everything = cases_and_mutations(cases, arena.scale.num_hostile)
    attempts = [await _send(arena.target, case, is_known=n < len(cases)) for n, case in enumerate(everything)]
    received = await asyncio.gather(*(_receive(attempt, closed_within_s) for attempt in attempts))
    after = await meters.read()
    meters.close()
    return Findings(received, _num_server_errors(after) - _num_server_errors(before))


def judge(findings: Findings) -> list[Figure]:
    """4xx or closed, small, at once. Oversized requests take their time to be read, and are told apart."""
    received = findings.received
    answered = [found for found in received if found.status]
    small = [found for found in answered if not found.case.is_oversize and found.status >= 400]
    errors = [found for found in received if found.status >= 500 or found.reaction is Reaction.BROKEN]
    taken = [found for found in received if found.is_known and 0 < found.status < 400]
    stuck = [found for found in received if found.reaction is Reaction.STUCK]
    large = [found for found in small if found.num_bytes > _MAX_BYTES]
    times = [found.took_ms for found in small if found.reaction is Reaction.ANSWERED]
    return [
        none_of("5xx, or not HTTP", len(errors), len(received), seen=(x.label for x in errors)),
        exactly("5xx that the server counted", findings.num_server_errors, 0),
        none_of("known cases that are not refused", len(taken), len(received), seen=(x.label for x in taken)),
        none_of("connections never closed", len(stuck), len(received), seen=(x.label for x in stuck)),
        none_of(f"refusals over {_MAX_BYTES} bytes", len(large), len(small), seen=(x.label for x in large)),
        at_most("slowest refusal", max(times, default=0.0), _MAX_MS, "ms", is_timing=True),
        told("refusal p99", percentile(times, 0.99), "ms"),
        told("mutations that are good requests", sum(x.status == 200 for x in received if not x.is_known)),
    ]


def _num_server_errors(meters: Meters) -> float:
    return meters.total("unblocked_http_request_seconds_count", 'status="5')


@dataclass(frozen=True, slots=True)
class _Attempt:
    case: HostileCase
    is_known: bool
    connection: Connection
    answering: asyncio.Task[Answer]
    took_ms: float
    has_waited: bool  # neither answer nor end within the patience


async def _send(target: Target, case: HostileCase, *, is_known: bool) -> _Attempt:
    connection = await Connection.open(target)
    began = time.perf_counter()
    connection.send(case.raw, has_body=not case.raw.startswith(b"HEAD "))
    answering = asyncio.create_task(connection.answer())
    await asyncio.wait([answering], timeout=_PATIENCE_S)
    took_ms = (time.perf_counter() - began) * 1000
    return _Attempt(case, is_known, connection, answering, took_ms, has_waited=not answering.done())


async def _receive(attempt: _Attempt, closed_within_s: float) -> Reception:
    """How the attempt ended; one that the server waits with gets its time."""
    case, is_known, took_ms = attempt.case, attempt.is_known, attempt.took_ms
    try:
        async with asyncio.timeout(closed_within_s):
            answer = await attempt.answering
    except BrokenAnswerError:
        is_silent = attempt.connection.num_answer_bytes == 0
        closed = Reaction.WAITED if attempt.has_waited else Reaction.CLOSED
        return Reception(case, is_known, closed if is_silent else Reaction.BROKEN, took_ms)
    except TimeoutError:
        return Reception(case, is_known, Reaction.STUCK, took_ms)
    finally:
        attempt.connection.abort()
    # A 408 asked for the rest, which did not come; any other answer that took so long was slow.
    reaction = Reaction.WAITED if attempt.has_waited and answer.status == 408 else Reaction.ANSWERED
    return Reception(case, is_known, reaction, took_ms, answer.status, answer.num_bytes)
