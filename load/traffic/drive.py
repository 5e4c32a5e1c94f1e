"""Drives one stretch of load and returns what was seen. Knows sockets and clocks; nothing of what the figures mean."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TextIO

from load.loops import closed_loop, open_loop
from load.storm import wire
from load.storm.answer import BrokenAnswerError
from load.storm.connection import Pool, Target
from load.storm.health import HealthWatch, watched_health
from load.storm.outcome import Fate
from load.storm.plan import even_plan
from load.traffic.arrivals import Closed
from load.traffic.part import Part, Visit
from load.traffic.progress import Progress
from load.traffic.prompts import Prompts
from load.traffic.sample import Sample, answered
from load.traffic.scenario import Beside, Scenario
from load.traffic.server_watch import watched_server
from load.traffic.subject import Subject

# Nobody waits for ever: a request without an answer by then is lost.
PATIENCE_S = 120.0
# What a client of a closed loop waits for after a refusal: the least that Retry-After can say. Without it a few clients
# asked a thousand times a second, and the server had less time for the answers that were to be counted.
REFUSED_PAUSE_S = 1.0


class Caller:
    """Asks chat requests and keeps their samples. `began` is the zero of their moments."""

    def __init__(self, pool: Pool, progress: Progress, *, began: float, patience_s: float = PATIENCE_S) -> None:
        self._pool, self._progress = pool, progress
        self._began, self._patience_s = began, patience_s

    async def ask(self, raw: bytes, *, due: float | None = None) -> Sample:
        """One request that was due at a moment of time.perf_counter (None: now). No server makes it raise."""
        sent = time.perf_counter()
        due = sent if due is None else due
        self._progress.sent()
        try:
            async with asyncio.timeout(self._patience_s):
                answer = await self._pool.ask(raw)
        except (BrokenAnswerError, OSError):  # a TimeoutError is an OSError
            ended = time.perf_counter() - self._began
            sample = Sample(due - self._began, sent - self._began, ended, Fate.LOST)
        else:
            sample = answered(answer, due=due, sent=sent, ended=time.perf_counter(), began=self._began)
        self._progress.ended(sample)
        return sample


async def drive(
    subject: Subject, scenario: Scenario, *, rate: float | None, screen: TextIO, beside: Beside | None = None
) -> Part:
    """Run a scenario once. rate: requests a second of an open loop; None: a closed one."""
    target, arrivals = subject.target, scenario.arrivals
    name = beside.name if beside else "all"
    prompts = Prompts(target, scenario, subject.dialect)
    plan = [] if isinstance(arrivals, Closed) else arrivals.plan(rate or 0.0, seed=scenario.seed)
    raws = [prompts.raw(number) for number in range(len(plan))]  # before the first is due
    async with (
        Pool(target) as pool,
        watched_server(target) as server,
        _health(subject) as health,
        _shown(Progress(name, arrivals.duration_s), screen) as progress,
    ):
        began, began_cpu = time.perf_counter(), time.process_time()
        caller = Caller(pool, progress, began=began)
        others = asyncio.create_task(_ask_beside(target, beside, arrivals.duration_s, began=began))
        samples = await (
            _closed(caller, arrivals, prompts)
            if isinstance(arrivals, Closed)
            else open_loop(lambda number, due: caller.ask(raws[number], due=due), plan=plan, began=began)
        )
        cpu_share = (time.process_time() - began_cpu) / (time.perf_counter() - began)
        visits = await others
    return Part(
        name=name,
        label=arrivals.label() if isinstance(arrivals, Closed) else arrivals.label(rate or 0.0),
        duration_s=arrivals.duration_s,
        rate=rate,
        samples=samples,
        health=_visits(health, began),
        beside=visits,
        levels=server.levels(began=began),
        changes=server.changes(),
        client_cpu_share=cpu_share,
    )


async def _closed(caller: Caller, arrivals: Closed, prompts: Prompts) -> list[Sample]:
    numbers = iter(range(1 << 62))

    async def ask(_: int) -> Sample:
        sample = await caller.ask(prompts.raw(next(numbers)))
        if sample.fate in (Fate.REFUSED, Fate.UNTIMED):
            await asyncio.sleep(REFUSED_PAUSE_S)
        return sample

    return await closed_loop(
        ask,
        num_clients=arrivals.num_clients,
        duration_s=arrivals.duration_s,
    )


async def _ask_beside(target: Target, beside: Beside | None, duration_s: float, *, began: float) -> Sequence[Visit]:
    """Ask one path on an even beat, first after half an interval."""
    if beside is None:
        return []
    raw = wire.get(target, beside.path)

    async def visit(_: int, due: float) -> Visit:
        try:
            async with asyncio.timeout(PATIENCE_S):
                status = (await pool.ask(raw)).status
        except (BrokenAnswerError, OSError):
            status = 0
        return _visit(due - began, time.perf_counter() - due, status)

    async with Pool(target) as pool:
        plan = even_plan(beside.every_s, duration_s)
        return await open_loop(visit, plan=plan, began=began + beside.every_s / 2)


@asynccontextmanager
async def _shown(progress: Progress, screen: TextIO) -> AsyncIterator[Progress]:
    task = asyncio.create_task(progress.show(screen))
    try:
        yield progress
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def _health(subject: Subject) -> AsyncIterator[HealthWatch]:
    """The probe speaks no TLS; a server behind TLS is not ours and has its own watch."""
    if subject.target.is_tls:
        yield HealthWatch()
        return
    async with watched_health(subject.target, path=subject.target.prefix + subject.health_path) as watch:
        yield watch


def _visits(health: HealthWatch, began: float) -> list[Visit]:
    """The pings that were due after the load began; they go on until its last answer."""
    pings = health.pings
    return [_visit(due - began, answered_at - due, code) for due, _, answered_at, code in pings if due >= began]


def _visit(due_s: float, waited_s: float, status: int) -> Visit:
    return round(due_s, 4), round(waited_s * 1000, 2), status
