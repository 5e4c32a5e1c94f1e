"""How long work takes: its wall time, and how long the event loop could not turn meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

_BEAT_S = 0.002


def wall_s(work: Callable[[], object], *, repeat: int = 1) -> float:
    """Seconds that `work` takes, the shortest of `repeat` runs: what else the machine does only adds."""
    best = float("inf")
    for _ in range(repeat):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


@dataclass(frozen=True, slots=True)
class Watched:
    """Seconds of wall time, the longest time that the loop did not turn, and what the work returned."""

    wall_s: float
    loop_stop_s: float
    result: object


async def watched(work: Callable[[], Awaitable[object]]) -> Watched:
    """Await `work` while a task of this loop beats every 2 ms and notes how late it is."""
    late = [0.0]
    heart = asyncio.create_task(_beat(late))
    await asyncio.sleep(0)  # it must have begun before the work, which may never let it
    began = time.perf_counter()
    result = await work()
    took = time.perf_counter() - began
    await asyncio.sleep(2 * _BEAT_S)  # a beat that was due during the work is counted too
    heart.cancel()
    return Watched(took, max(late), result)


async def _beat(late: list[float]) -> None:
    while True:
        due = time.perf_counter() + _BEAT_S
        await asyncio.sleep(_BEAT_S)
        late.append(time.perf_counter() - due)
