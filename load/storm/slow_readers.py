"""Clients that read a byte a second, beside others: the others may not notice.

A stream costs its part of the batch however it is read, so the comparison has as many streams as the storm, all of
them read at once.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from load.bench.timing import percentile
from load.storm import wire
from load.storm.arena import Arena
from load.storm.connection import Connection, Pool, Target
from load.storm.crowd import ask
from load.storm.figures import Figure, at_most, none_of, told
from load.storm.meters import MeterReader
from load.storm.outcome import Fate, Outcome, of_fate

_MAX_SLOWER = 1.10
_LONG_ANSWER_TOKENS = 1500
_RECEIVE_BUFFER_BYTES = 2048
_BYTE_INTERVAL_S = 1.0
_START_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Findings:
    """For each round the ITL's p99 of the normal readers, in milliseconds, beside prompt and beside slow ones."""

    beside_prompt_ms: Sequence[float]
    beside_slow_ms: Sequence[float]
    normal: Sequence[Outcome]


async def rage(arena: Arena) -> list[Figure]:
    """Compare and judge."""
    return judge(await drive(arena))


async def drive(arena: Arena) -> Findings:
    """Rounds alternate, and so does which half comes first: what drifts on the machine hits both alike."""
    normal: list[Outcome] = []
    itl_ms: dict[bool, list[float]] = {False: [], True: []}
    for number in range(arena.scale.num_reader_rounds):
        for is_slow in (False, True) if number % 2 == 0 else (True, False):
            outcomes = await _round(arena, is_slow=is_slow)
            normal += outcomes
            itl_ms[is_slow].append(itl_p99_ms(outcomes))
    return Findings(itl_ms[False], itl_ms[True], normal)


def judge(found: Findings) -> list[Figure]:
    """The middle of the rounds' ratios: one round has too few gaps for a steady p99.

    All streams get their token from the same step, so a round has as many independent gaps as steps. Of two servers
    that are alike, 3 rounds of 150 steps part by more than the bar one time in four, 10 of 300 one time in thirty.
    """
    ratios = [slow / prompt for slow, prompt in zip(found.beside_slow_ms, found.beside_prompt_ms, strict=True)]
    bad = [outcome for outcome in found.normal if outcome.fate is not Fate.COMPLETE]
    return [
        none_of("other answers that are not complete", len(bad), len(found.normal), seen=(x.fate.value for x in bad)),
        told("ITL p99 beside prompt readers", median(found.beside_prompt_ms), "ms"),
        told("ITL p99 beside slow readers", median(found.beside_slow_ms), "ms"),
        at_most("times as long beside slow readers", median(ratios), _MAX_SLOWER, is_timing=True),
    ]


def itl_p99_ms(outcomes: Sequence[Outcome]) -> float:
    """Of all gaps between pieces of text; the first piece only opens the stream."""
    moments = [outcome.moments[1:] for outcome in of_fate(outcomes, Fate.COMPLETE)]
    return percentile([(later - earlier) * 1000 for times in moments for earlier, later in pairwise(times)], 0.99)


async def _round(arena: Arena, *, is_slow: bool) -> list[Outcome]:
    target, scale = arena.target, arena.scale
    raw = [
        wire.chat_request(target, wire.question(), max_tokens=_LONG_ANSWER_TOKENS, is_stream=True)
        for _ in range(scale.num_slow_readers)
    ]
    others = [asyncio.create_task(_read_slowly(target, r) if is_slow else _read_promptly(target, r)) for r in raw]
    try:
        await _wait_until_running(target, len(others))
        async with Pool(target) as pool:
            return await asyncio.gather(*(ask(pool, _normal_request(arena)) for _ in range(scale.num_normal_readers)))
    finally:
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def _normal_request(arena: Arena) -> bytes:
    return wire.chat_request(arena.target, wire.question(), max_tokens=arena.scale.reader_tokens, is_stream=True)


async def _read_promptly(target: Target, raw: bytes) -> None:
    connection = await Connection.open(target)
    try:
        await connection.ask(raw)
    finally:
        connection.abort()


async def _read_slowly(target: Target, raw: bytes) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        slow.setblocking(False)
        await loop.sock_connect(slow, (target.host, target.port))
        await loop.sock_sendall(slow, raw)
        is_open = True
        while is_open:
            is_open = bool(await loop.sock_recv(slow, 1))
            await asyncio.sleep(_BYTE_INTERVAL_S)


async def _wait_until_running(target: Target, count: int) -> None:
    meters = MeterReader(target)
    await meters.read_until(
        lambda found: found.total("unblocked_sequences_running") >= count, within_s=_START_TIMEOUT_S
    )
    meters.close()
