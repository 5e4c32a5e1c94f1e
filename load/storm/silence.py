"""Connections that say nothing, half of their headers, or a byte of their body now and then, by the thousand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from load.storm import wire
from load.storm.arena import Arena
from load.storm.connection import Connection, Target
from load.storm.figures import Figure, at_most, none_of
from load.storm.health import judge_health, watched_health
from load.storm.health_probe import Ping
from load.storm.proc import process_state

HEADER_TIMEOUT_S = 4.0
BODY_TIMEOUT_S = 6.0
SETTINGS = {
    "UNBLOCKED_HEADER_TIMEOUT_S": str(HEADER_TIMEOUT_S),
    "UNBLOCKED_BODY_TIMEOUT_S": str(BODY_TIMEOUT_S),
}
_HEALTH_P99_MS = 20.0
_MAX_MORE_MB = 100.0
PATIENCE_S = max(HEADER_TIMEOUT_S, BODY_TIMEOUT_S) + 2.0  # thousands are closed at once, which takes a moment
_TRICKLE_S = 0.5
_POLL_S = 0.05
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Findings:
    """num_open: connections that were still open when the deadline and a moment more were over."""

    num_connections: int
    num_open: int
    rss_before_bytes: int
    rss_peak_bytes: int
    pings: Sequence[Ping]


async def rage(arena: Arena) -> list[Figure]:
    """Open them all, wait for the deadlines, judge."""
    return judge(await drive(arena))


async def drive(arena: Arena, *, patience_s: float = PATIENCE_S) -> Findings:
    """patience_s: by when the server must have closed them all, counted from the last one's opening."""
    target, scale = arena.target, arena.scale
    before = peak = process_state(target.pid).rss_bytes
    async with watched_health(target) as watch:
        silent = await _open_many(target, scale.num_silent, b"")
        halves = await _open_many(target, scale.num_half_headers, b"POST /v1/chat/completions HTTP/1.1\r\nHost: ")
        body = wire.head(target, "POST", "/v1/chat/completions", {"Content-Length": "10000"}) + b"{"
        trickled = await _open_many(target, scale.num_trickled, body)
        everyone = [*silent, *halves, *trickled]
        until = time.monotonic() + patience_s
        trickle = asyncio.create_task(_trickle(trickled))
        while (num_open := _num_open(everyone)) and time.monotonic() < until:
            peak = max(peak, process_state(target.pid).rss_bytes)
            await asyncio.sleep(_POLL_S)
        trickle.cancel()
    for connection in everyone:
        connection.abort()
    num_all = scale.num_silent + scale.num_half_headers + scale.num_trickled
    return Findings(num_all, num_open, before, peak, watch.pings)


def judge(found: Findings) -> list[Figure]:
    """Those who say nothing cost others nothing, and are gone by the deadline."""
    more_mb = (found.rss_peak_bytes - found.rss_before_bytes) / 1e6
    return [
        none_of("connections open after their deadline", found.num_open, found.num_connections),
        at_most("memory more than before", more_mb, _MAX_MORE_MB, "MB"),
        *judge_health(found.pings, p99_ms=_HEALTH_P99_MS),
    ]


async def _open_many(target: Target, count: int, first: bytes) -> list[Connection]:
    """A server may refuse them, or close them at once: those count as closed."""
    opened: list[Connection] = []
    for start in range(0, count, _AT_ONCE):
        number = min(_AT_ONCE, count - start)
        found = await asyncio.gather(*(Connection.open(target) for _ in range(number)), return_exceptions=True)
        for connection in found:
            if isinstance(connection, Connection):
                opened.append(connection)
                if first:
                    connection.send(first)
            elif not isinstance(connection, OSError):
                raise connection
    return opened


async def _trickle(connections: Iterable[Connection]) -> None:
    while True:
        await asyncio.sleep(_TRICKLE_S)
        for connection in connections:
            if connection.is_open:
                connection.send_more(b" ")


def _num_open(connections: Iterable[Connection]) -> int:
    return sum(connection.is_open for connection in connections)
