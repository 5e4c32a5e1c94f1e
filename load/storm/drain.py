"""SIGTERM while everything is busy: what was accepted is finished, what comes later is refused, nothing is left."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from load.storm import peak as peaks
from load.storm import wire
from load.storm.answer import BrokenAnswerError
from load.storm.arena import Arena
from load.storm.connection import Connection, Pool, Target
from load.storm.crowd import ask
from load.storm.figures import Figure, at_most, exactly, none_of, told
from load.storm.outcome import Fate, Outcome, of_fate
from load.storm.proc import children_of, is_alive

BUDGET_S = 15.0
SETTINGS = {"UNBLOCKED_DRAIN_TIMEOUT_S": str(BUDGET_S)}
_GRACE_S = 5.0  # behind the budget: closing the model, writing what was answered
_RED_WITHIN_MS = 250.0
_POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class Findings:
    """asked: all requests; signalled: when SIGTERM was sent, of the same clock. exit_s, red_s: seconds after it."""

    asked: Sequence[Outcome]
    signalled: float
    red_s: float
    exit_code: int | None  # None: it did not exit
    exit_s: float
    num_children: int
    num_orphans: int


async def rage(arena: Arena) -> list[Figure]:
    """End the server under load and judge how it went."""
    return judge(await drive(arena))


async def drive(arena: Arena, *, budget_s: float = BUDGET_S) -> Findings:
    """Clients ask in a closed loop until the server is gone, a new connection for each that was closed."""
    target, scale = arena.target, arena.scale
    children = children_of(target.pid)
    gone = asyncio.Event()
    async with Pool(target) as pool:
        clients = [asyncio.create_task(_client(arena, pool, number, gone)) for number in range(scale.num_clients)]
        await asyncio.sleep(scale.drain_load_s)
        signalled = time.perf_counter()
        arena.server.terminate()
        red = asyncio.create_task(_red_after_s(target, signalled, gone))
        exit_code = await _exit_code(arena, budget_s + _GRACE_S)
        exit_s = time.perf_counter() - signalled
        gone.set()
        asked = [outcome for outcomes in await asyncio.gather(*clients) for outcome in outcomes]
    num_orphans = sum(map(is_alive, children))
    return Findings(asked, signalled, await red, exit_code, exit_s, len(children), num_orphans)


def judge(found: Findings, *, budget_s: float = BUDGET_S) -> list[Figure]:
    """A request sent before the signal has a whole answer or a refusal; a later one has at least no half one."""
    before = [outcome for outcome in found.asked if outcome.sent < found.signalled]
    pending = [outcome for outcome in before if outcome.ended > found.signalled]
    after = [outcome for outcome in found.asked if outcome.sent >= found.signalled]
    lost = of_fate(before, Fate.LOST, Fate.FAILED)
    cut = of_fate(before, Fate.BROKEN_OFF, Fate.EXPIRED)
    bad = of_fate(after, Fate.FAILED, Fate.UNTIMED)  # one that finds nobody listening any more came too late
    return [
        told("requests under way at the signal", len(pending)),
        none_of("requests lost", len(lost), len(before), seen=(x.fate.value for x in lost)),
        at_most("requests broken off at the budget's end", len(cut), 0, is_timing=True),
        none_of("later requests answered badly", len(bad), len(after), seen=(str(x.status) for x in bad)),
        told("later requests refused", len(of_fate(after, Fate.REFUSED))),
        at_most("/readyz red after", found.red_s * 1000, _RED_WITHIN_MS, "ms", is_timing=not math.isinf(found.red_s)),
        exactly("exit code", math.nan if found.exit_code is None else found.exit_code, 0),
        at_most("exited after", found.exit_s, budget_s + _GRACE_S, "s"),
        none_of("child processes left", found.num_orphans, found.num_children),
    ]


async def _client(arena: Arena, pool: Pool, number: int, gone: asyncio.Event) -> list[Outcome]:
    """Asks until it gets no answer any more, or is refused, and then until the server is gone no more."""
    request = peaks.chat_requests(arena.target, arena.scale)
    outcomes: list[Outcome] = []
    while not gone.is_set():
        outcomes.append(await ask(pool, request(number)))
        if outcomes[-1].fate is not Fate.COMPLETE:
            break
    return outcomes


async def _red_after_s(target: Target, signalled: float, gone: asyncio.Event) -> float:
    """When /readyz first answered 503; infinity if it never did."""
    while not gone.is_set():
        try:
            connection = await Connection.open(target)
            answer = await connection.ask(wire.get(target, "/readyz"))
            connection.close()
        except (BrokenAnswerError, OSError):
            return math.inf
        if answer.status == 503:
            return time.perf_counter() - signalled
        await asyncio.sleep(_POLL_S)
    return math.inf


async def _exit_code(arena: Arena, timeout_s: float) -> int | None:
    try:
        return await asyncio.to_thread(arena.server.wait, timeout_s)
    except TimeoutError:
        return None
