"""Where a server's knee is: the highest rate at which nearly all requests are answered within the limits. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from load.traffic.part import Part
from load.traffic.summary import Summary

_FIRST_SHARE = 0.6
_UP, _DOWN = 1.4, 0.6
# Bracketed closer than this, noise decides.
_CLOSE_ENOUGH = 1.12
_LOWEST_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Step:
    """One rate that was tried."""

    rate: float
    part: Part
    summary: Summary


def next_rate(steps: Sequence[Step], *, peak: float, min_share: float, max_steps: int) -> float | None:
    """The rate to try next; None: enough is known. `peak`: what a closed loop got, as a first guess.

    Upwards while all is good, downwards while nothing is, then between the two by the geometric mean.
    """
    if not steps:
        return _FIRST_SHARE * peak
    knee, beyond = knee_of(steps, min_share=min_share), beyond_of(steps, min_share=min_share)
    if len(steps) >= max_steps:
        return None
    if beyond is None:
        return _UP * max(step.rate for step in steps)
    if knee is None:
        lower = _DOWN * beyond.rate
        return lower if lower >= _LOWEST_SHARE * peak else None
    return math.sqrt(knee.rate * beyond.rate) if beyond.rate / knee.rate > _CLOSE_ENOUGH else None


def knee_of(steps: Sequence[Step], *, min_share: float) -> Step | None:
    """The highest good rate below every bad one: one that was good by luck does not count."""
    beyond = beyond_of(steps, min_share=min_share)
    good = [step for step in steps if beyond is None or step.rate < beyond.rate]
    return max(good, key=lambda step: step.rate, default=None)


def beyond_of(steps: Sequence[Step], *, min_share: float) -> Step | None:
    """The lowest rate that was not good."""
    bad = [step for step in steps if not step.summary.good_share >= min_share]
    return min(bad, key=lambda step: step.rate, default=None)
