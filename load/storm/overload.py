"""An open loop that asks for ten times what the server can do: it must go on doing that, and refuse the rest fast."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from load.storm import peak as peaks
from load.storm.arena import Arena
from load.storm.connection import Pool
from load.storm.crowd import open_loop
from load.storm.figures import Figure, at_least, at_most, none_of, told
from load.storm.health import judge_health, watched_health
from load.storm.health_probe import Ping
from load.storm.outcome import Fate, Outcome, goodput, lag_ms, latency_ms, of_fate, recovered_after_s
from load.storm.peak import Cpu, Peak, cpu_now
from load.storm.plan import even_plan, poisson_plan

HEALTH_P99_MS = 20.0
_GOODPUT_SHARE = 0.9
_REFUSAL_P99_MS = 15.0
_RECOVERY_S = 2.0
# A request counts as answered as fast as before if it takes no longer than this many times the calm server's p99.
_CALM_FACTOR = 1.5
_SEED = 4


@dataclass(frozen=True, slots=True)
class Findings:
    """began, ended: the first and the last moment at which requests were due, in seconds of one clock."""

    peak: Peak
    rate: float
    began: float
    ended: float
    flood: Sequence[Outcome]
    probes: Sequence[Outcome]
    pings: Sequence[Ping]
    used: Cpu  # while the requests were due


async def rage(arena: Arena) -> list[Figure]:
    """Flood, probe the recovery, judge."""
    return judge(await drive(arena))


async def drive(arena: Arena) -> Findings:
    """Each request names a deadline. Probes follow the flood on an even beat, while its last answers are made."""
    scale, peak = arena.scale, await arena.peak()
    rate = peak.goodput * scale.overload_factor
    request = peaks.chat_requests(arena.target, scale, timeout_s=peak.deadline_s)
    probe = peaks.chat_requests(arena.target, scale)
    after = [scale.flood_s + moment for moment in even_plan(peaks.PROBE_INTERVAL_S, scale.recovery_s)]
    async with Pool(arena.target) as pool, Pool(arena.target) as probe_pool, watched_health(arena.target) as watch:
        before = cpu_now(arena.target)
        began = before.moment
        flood, probes, used = await asyncio.gather(
            open_loop(pool, request, plan=poisson_plan(rate, scale.flood_s, seed=_SEED), began=began),
            open_loop(probe_pool, probe, plan=after, began=began),
            _used_after(scale.flood_s, before, arena),
        )
    return Findings(peak, rate, began, began + scale.flood_s, flood, probes, watch.pings, used)


async def _used_after(seconds: float, before: Cpu, arena: Arena) -> Cpu:
    await asyncio.sleep(seconds)
    return cpu_now(arena.target) - before


def judge(found: Findings) -> list[Figure]:
    """The promises of overload."""
    peak, flood = found.peak, found.flood
    # As with the peak: until the first answers are made nothing can have ended.
    ramp_s = min(peak.p50_ms / 1000, (found.ended - found.began) / 2)
    rate = goodput(flood, began=found.began + ramp_s, ended=found.ended, deadline_s=peak.deadline_s)
    recovery_s = recovered_after_s(found.probes, since=found.ended, limit_ms=_CALM_FACTOR * peak.calm_p99_ms)
    pings = [ping for ping in found.pings if found.began <= ping[0] <= found.ended]
    return [
        told("closed-loop peak", peak.goodput, "answers/s"),
        told("its latency p99", peak.p99_ms, "ms"),
        told("asked for", found.rate, "requests/s"),
        at_least("goodput, share of the peak", 100 * rate / peak.goodput, 100 * _GOODPUT_SHARE, "%", is_timing=True),
        *judge_refusals(flood),
        *judge_health(pings, p99_ms=HEALTH_P99_MS),
        told("calm latency p99", peak.calm_p99_ms, "ms"),
        at_most("calm latency again after", recovery_s, _RECOVERY_S, "s", is_timing=True),
        told("requests sent late, p99", lag_ms(flood, 0.99), "ms"),
        *tell_costs(found),
    ]


def tell_costs(found: Findings) -> list[Figure]:
    """What a refusal takes of the event loop's time: all that was not for answers. And what the client itself takes."""
    ended = [outcome for outcome in found.flood if outcome.ended <= found.ended]
    num_refused = len(of_fate(ended, Fate.REFUSED, Fate.UNTIMED))
    answers_s = (len(ended) - num_refused) * found.peak.loop_ms / 1000
    return [
        told("event loop's time for an answer", found.peak.loop_ms, "ms"),
        told("and for a refusal", 1e6 * (found.used.loop_s - answers_s) / max(num_refused, 1), "us"),
        told("the client's share of a core", 100 * found.used.client_share, "%"),
        told("the same at the peak", 100 * found.peak.client_share, "%"),
    ]


def judge_refusals(flood: Sequence[Outcome]) -> list[Figure]:
    """Every request has an answer, and a refusal is fast and says when to come back."""
    refused = of_fate(flood, Fate.REFUSED, Fate.UNTIMED)
    untimed = of_fate(flood, Fate.UNTIMED)
    bad = of_fate(flood, Fate.BROKEN_OFF, Fate.FAILED, Fate.LOST, Fate.REJECTED)
    names = (f"{outcome.fate.value} {outcome.status}" for outcome in bad)
    fates = Counter(outcome.fate for outcome in flood)
    return [
        none_of("requests without a proper answer", len(bad), len(flood), seen=names),
        # Whether anybody had to be refused at all is a matter of the machine's speed.
        replace(none_of("refusals without Retry-After", len(untimed), len(refused)), is_timing=not refused),
        at_most("refusals p99", latency_ms(refused, 0.99), _REFUSAL_P99_MS, "ms", is_timing=True),
        told("answered, refused, expired", fates[Fate.COMPLETE], f", {len(refused)}, {fates[Fate.EXPIRED]}"),
    ]
