"""When the requests of an open loop are due. Pure: a seed gives the same plan every time."""

from __future__ import annotations

import random


def poisson_plan(rate: float, duration_s: float, *, seed: int) -> list[float]:
    """Moments, in seconds from the start, of arrivals that know nothing of each other: `rate` a second on average."""
    rng = random.Random(seed)
    moments: list[float] = []
    moment = rng.expovariate(rate)
    while moment < duration_s:
        moments.append(moment)
        moment += rng.expovariate(rate)
    return moments


def even_plan(interval_s: float, duration_s: float) -> list[float]:
    """Moments at even distances, from 0 on."""
    return [number * interval_s for number in range(round(duration_s / interval_s))]
