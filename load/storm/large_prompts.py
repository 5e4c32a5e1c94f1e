"""The overload again, with prompts of a megabyte among the others: reading one may not stop the event loop."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass

from load.storm import peak as peaks
from load.storm import wire
from load.storm.arena import Arena
from load.storm.connection import Pool
from load.storm.crowd import open_loop
from load.storm.figures import Figure, none_of, told
from load.storm.health import judge_health, watched_health
from load.storm.health_probe import Ping
from load.storm.outcome import Fate, Outcome, latency_ms, of_fate
from load.storm.plan import even_plan, poisson_plan

HEALTH_P99_MS = 50.0
_NUM_TEXTS = 4
_SEED = 5


@dataclass(frozen=True, slots=True)
class Findings:
    """The small requests, the large ones, and the pings meanwhile."""

    small: Sequence[Outcome]
    large: Sequence[Outcome]
    pings: Sequence[Ping]


async def rage(arena: Arena) -> list[Figure]:
    """Flood and judge."""
    return judge(await drive(arena))


async def drive(arena: Arena) -> Findings:
    """Large requests are due on an even beat among the flood's."""
    scale, peak = arena.scale, await arena.peak()
    small_plan = poisson_plan(peak.goodput * scale.overload_factor, scale.large_flood_s, seed=_SEED)
    large_plan = even_plan(scale.large_interval_s, scale.large_flood_s)
    small = peaks.chat_requests(arena.target, scale, timeout_s=peak.deadline_s)
    bodies = [
        wire.chat_request(arena.target, large_text(scale.large_chars, number), max_tokens=scale.answer_tokens)
        for number in range(_NUM_TEXTS)
    ]  # made once: it costs the client more than sending them
    async with Pool(arena.target) as pool, Pool(arena.target) as large_pool, watched_health(arena.target) as watch:
        began = time.perf_counter()
        flood, large = await asyncio.gather(
            open_loop(pool, small, plan=small_plan, began=began),
            open_loop(large_pool, lambda number: bodies[number % _NUM_TEXTS], plan=large_plan, began=began),
        )
        ended = time.perf_counter()
    return Findings(flood, large, [ping for ping in watch.pings if began <= ping[0] <= ended])


def judge(found: Findings) -> list[Figure]:
    """A large prompt may be refused, or rejected as too long for the model; it may not be lost."""
    requests = (*found.small, *found.large)
    bad = of_fate(found.small, Fate.REJECTED) + of_fate(requests, Fate.BROKEN_OFF, Fate.FAILED, Fate.LOST, Fate.UNTIMED)
    names = (f"{outcome.fate.value} {outcome.status}" for outcome in bad)
    return [
        none_of("requests without a proper answer", len(bad), len(requests), seen=names),
        *judge_health(found.pings, p99_ms=HEALTH_P99_MS),
        told("large prompts", len(found.large)),
        told("their answers p99", latency_ms(found.large, 0.99), "ms"),
    ]


def large_text(num_chars: int, seed: int) -> str:
    """Text of that many characters that a tokenizer can't take in one piece."""
    words = (f"word{(number * 7919 + seed) % 9973} " for number in itertools.count())
    return "".join(itertools.islice(words, num_chars // 6 + 1))[:num_chars]
