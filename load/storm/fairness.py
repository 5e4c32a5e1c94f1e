"""Two keys: one goes on asking for its share while the other asks for twenty times its own, which must not hurt it."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from load.storm import peak as peaks
from load.storm.arena import Arena
from load.storm.connection import Pool
from load.storm.crowd import open_loop
from load.storm.figures import Figure, at_most, none_of, told
from load.storm.outcome import Fate, Outcome, latency_ms, of_fate
from load.storm.plan import poisson_plan

MODEST, GREEDY = secrets.token_hex(16), secrets.token_hex(16)
SETTINGS = {
    "UNBLOCKED_API_KEYS": ",".join(
        f"{hashlib.sha256(key.encode()).hexdigest()} {name}" for name, key in (("modest", MODEST), ("greedy", GREEDY))
    )
}
_GREED = 20
_MAX_TIMES_SLOWER = 2.0
_SEED = 9


@dataclass(frozen=True, slots=True)
class Findings:
    """The modest key's requests while the other asked for its share, and while it asked for much more; the other's."""

    share: float
    calm: Sequence[Outcome]
    pressed: Sequence[Outcome]
    greedy: Sequence[Outcome]


async def rage(arena: Arena) -> list[Figure]:
    """Ask as both, and judge what the modest one got."""
    return judge(await drive(arena))


async def drive(arena: Arena) -> Findings:
    """The modest key sends the same requests at the same moments both times."""
    share = (await arena.peak()).goodput * arena.scale.fair_share
    calm, _ = await _both(arena, share, greedy_rate=share)
    pressed, greedy = await _both(arena, share, greedy_rate=share * _GREED)
    return Findings(share, calm, pressed, greedy)


async def _both(arena: Arena, share: float, *, greedy_rate: float) -> tuple[list[Outcome], list[Outcome]]:
    """Two open loops side by side; every request names a deadline."""
    scale, deadline_s = arena.scale, (await arena.peak()).deadline_s
    loops, began = [], time.perf_counter()
    async with Pool(arena.target) as modest_pool, Pool(arena.target) as greedy_pool:
        for pool, key, rate in ((modest_pool, MODEST, share), (greedy_pool, GREEDY, greedy_rate)):
            request = peaks.chat_requests(replace(arena.target, key=key), scale, timeout_s=deadline_s)
            plan = poisson_plan(rate, scale.fairness_s, seed=_SEED)
            loops.append(open_loop(pool, request, plan=plan, began=began))
        modest, greedy = await asyncio.gather(*loops)
    return modest, greedy


def judge(found: Findings) -> list[Figure]:
    """Who keeps to its share is served, about as fast as ever."""
    unserved = [outcome for outcome in found.pressed if outcome.fate is not Fate.COMPLETE]
    requests = (*found.calm, *found.pressed, *found.greedy)
    bad = of_fate(requests, Fate.BROKEN_OFF, Fate.FAILED, Fate.LOST, Fate.REJECTED, Fate.UNTIMED)
    own_ms, pressed_ms = latency_ms(found.calm, 0.99), latency_ms(found.pressed, 0.99)
    names = (outcome.fate.value for outcome in unserved)
    return [
        none_of("requests without a proper answer", len(bad), len(requests), seen=(o.fate.value for o in bad)),
        told("share of each key", found.share, "requests/s"),
        told("p99 of a key at its share", own_ms, "ms"),
        at_most(
            f"its p99 beside another at {_GREED} times its share", pressed_ms / own_ms, _MAX_TIMES_SLOWER, "times",
            is_timing=True,
        ),
        replace(none_of("its requests not answered", len(unserved), len(found.pressed), seen=names), is_timing=True),
        told("of the other's, answered", len(of_fate(found.greedy, Fate.COMPLETE)), f"of {len(found.greedy)}"),
    ]  # fmt: skip
