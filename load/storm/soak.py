"""Minutes at most of what the server can do: nothing may grow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from load.storm import peak as peaks
from load.storm.arena import Arena
from load.storm.connection import Pool
from load.storm.crowd import open_loop
from load.storm.figures import Figure, at_most, none_of, told
from load.storm.outcome import Fate, Outcome, latency_ms
from load.storm.plan import poisson_plan
from load.storm.proc import ProcessState, process_state

_MAX_MB_PER_MIN = 1.0
_WARM_SHARE = 0.3  # of the time: until then caches and heaps fill
_LOOK_S = 1.0
_SPARE_FDS = 8  # open connections come and go with the requests
_SEED = 9

Look = tuple[float, ProcessState]


@dataclass(frozen=True, slots=True)
class Findings:
    """looks: (seconds, state) on an even beat."""

    outcomes: Sequence[Outcome]
    looks: Sequence[Look]


async def rage(arena: Arena) -> list[Figure]:
    """Go on for long and judge."""
    return judge(await drive(arena))


async def drive(arena: Arena) -> Findings:
    """An open loop below the peak, and a look at the process every second."""
    target, scale, peak = arena.target, arena.scale, await arena.peak()
    plan = poisson_plan(peak.goodput * scale.soak_share, scale.soak_s, seed=_SEED)
    looks: list[Look] = []

    async def watch() -> None:
        while True:
            looks.append((time.perf_counter(), process_state(target.pid)))
            await asyncio.sleep(_LOOK_S)

    watching = asyncio.create_task(watch())
    try:
        async with Pool(target) as pool:
            outcomes = await open_loop(pool, peaks.chat_requests(target, scale), plan=plan, began=time.perf_counter())
    finally:
        watching.cancel()
    return Findings(outcomes, looks)


def judge(found: Findings) -> list[Figure]:
    """Growth is that of the time after the warm-up."""
    steady = list(found.looks[int(len(found.looks) * _WARM_SHARE) :])
    bad = [outcome for outcome in found.outcomes if outcome.fate is not Fate.COMPLETE]
    half = len(steady) // 2
    first, second = steady[:half], steady[half:]
    return [
        none_of("requests not answered", len(bad), len(found.outcomes), seen=(x.fate.value for x in bad)),
        told("latency p99", latency_ms(found.outcomes, 0.99), "ms"),
        at_most("memory growth", memory_slope_mb_per_min(steady), _MAX_MB_PER_MIN, "MB/min", is_timing=True),
        at_most("threads more in the second half", _most_threads(second) - _most_threads(first), 0),
        at_most("descriptors more in the second half", _most_fds(second) - _most_fds(first), _SPARE_FDS),
    ]


def memory_slope_mb_per_min(looks: Sequence[Look]) -> float:
    """Least squares over all looks; 0 if there are fewer than two."""
    if len(looks) < 2:
        return 0.0
    times = [seconds / 60 for seconds, _ in looks]
    sizes = [state.rss_bytes / 1e6 for _, state in looks]
    mid_time, mid_size = sum(times) / len(times), sum(sizes) / len(sizes)
    covariance = sum((x - mid_time) * (y - mid_size) for x, y in zip(times, sizes, strict=True))
    return covariance / sum((x - mid_time) ** 2 for x in times)


def _most_threads(looks: Sequence[Look]) -> int:
    return max((state.num_threads for _, state in looks), default=0)


def _most_fds(looks: Sequence[Look]) -> int:
    return max((state.num_fds for _, state in looks), default=0)
