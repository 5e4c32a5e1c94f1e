"""The most that the server does when clients wait for their answers: the measure for everything under overload."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from load.storm import wire
from load.storm.connection import Pool, Target
from load.storm.crowd import closed_loop, open_loop
from load.storm.outcome import Fate, Outcome, goodput, latency_ms, of_fate
from load.storm.plan import even_plan
from load.storm.proc import event_loop_s
from load.storm.scale import Scale

PROBE_INTERVAL_S = 0.1
# A client that is content with twice what a full server takes; and never so little that the network's noise decides.
_DEADLINE_FACTOR = 2.0
_MIN_DEADLINE_S = 1.0
_TICK_S = 1e-3


class ServerTooSickError(Exception):
    """The server does not even answer when nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Peak:
    """goodput: complete answers a second. calm_p99_ms: a single request's latency while nothing else is asked.

    loop_ms: what an answer costs the server's event loop. client_share: of one core.
    """

    goodput: float
    p50_ms: float
    p99_ms: float
    deadline_s: float
    calm_p99_ms: float
    loop_ms: float = 0.0
    client_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Cpu:
    """CPU seconds used by this process and by the server's event loop, up to a moment or between two of them."""

    moment: float
    client_s: float
    loop_s: float

    def __sub__(self, before: Cpu) -> Cpu:
        return Cpu(self.moment - before.moment, self.client_s - before.client_s, self.loop_s - before.loop_s)

    @property
    def client_share(self) -> float:
        """Of one core, on average."""
        return self.client_s / self.moment


def cpu_now(target: Target) -> Cpu:
    """Read the clocks. Raises: OSError, if the server is gone."""
    return Cpu(time.perf_counter(), time.process_time(), event_loop_s(target.pid))


async def measure_peak(target: Target, scale: Scale) -> Peak:
    """Warm up, probe the calm server, then let a closed loop run. Raises: ServerTooSickError."""
    async with Pool(target) as pool:
        request = chat_requests(target, scale)
        await closed_loop(pool, request, num_clients=scale.num_clients, duration_s=0.2)
        calm = await open_loop(pool, request, plan=even_plan(PROBE_INTERVAL_S, scale.calm_s), began=time.perf_counter())
        before = cpu_now(target)
        outcomes = await closed_loop(pool, request, num_clients=scale.num_clients, duration_s=scale.peak_s)
        used = cpu_now(target) - before
    peak = peak_of(outcomes, calm, began=before.moment, ended=before.moment + scale.peak_s)
    return replace(peak, loop_ms=1000 * used.loop_s / len(outcomes), client_share=used.client_share)


def peak_of(outcomes: list[Outcome], calm: list[Outcome], *, began: float, ended: float) -> Peak:
    """The first answers' latency is left out: until then nothing can have ended. Raises: ServerTooSickError."""
    complete = of_fate(outcomes, Fate.COMPLETE)
    if len(complete) < len(outcomes) or not complete or of_fate(calm, Fate.COMPLETE) != calm:
        bad = sorted({outcome.fate.value for outcome in (*outcomes, *calm)} - {Fate.COMPLETE.value})
        raise ServerTooSickError(f"a closed loop, whose clients wait, was answered: {', '.join(bad) or 'not at all'}")
    p99_ms = latency_ms(complete, 0.99)
    deadline_s = max(_MIN_DEADLINE_S, _DEADLINE_FACTOR * p99_ms / 1000)
    first, last = min(outcome.ended for outcome in complete), max(outcome.ended for outcome in complete)
    until = ended if first < ended else last  # a server so slow that its first answer came after the time
    rate = goodput(complete, began=first - _TICK_S, ended=until, deadline_s=deadline_s)
    return Peak(rate, latency_ms(complete, 0.5), p99_ms, deadline_s, latency_ms(calm, 0.99))


def chat_requests(target: Target, scale: Scale, *, timeout_s: float | None = None) -> Callable[[int], bytes]:
    """Everyday requests; every other one is streamed."""
    return lambda number: wire.chat_request(
        target, wire.question(), max_tokens=scale.answer_tokens, is_stream=number % 2 == 0, timeout_s=timeout_s
    )
