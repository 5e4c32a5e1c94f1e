"""Measures where work of each size is cheapest on this host, and makes thresholds of it. Knows not what the work is.

The cost of a call in some place is how long its caller waits for it, and once more for every one of the others that
wait while the event loop can't run: what is quick inline but holds the loop is dear.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.concurrency.placement import Placement

NEVER_CHARS = 1_000_000_000

_SIZES = (200, 2_000, 20_000, 60_000)
_NUM_REPEATS = 3  # the cheapest counts: what else ran on the machine is not the place's cost
_NUM_OTHERS = 8
_TICK_S = 0.002
_MAX_INLINE_S = 0.002  # longer the loop is not held, even if a thread costs more
# Workers are few, and what is short must not wait behind what is long; nor may a thread. Trials are too short to tell
# how long large work in a thread holds the loop after all: with 1 MB texts /healthz took 225 ms (p99), 35 in a process.
_MIN_PROCESS_CHARS = 20_000
_MAX_THREAD_CHARS = 300_000
# Without a trial of this size the lines don't tell how a thread and a process differ.
_TELLING_CHARS = 20_000

Job = Callable[[int], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Trial:
    """One size in one place, in seconds: what its caller waited, and for how long the loop could not run."""

    num_chars: int
    took_s: float
    held_s: float

    @property
    def cost_s(self) -> float:
        return self.took_s + _NUM_OTHERS * self.held_s


@dataclass(frozen=True, slots=True)
class PlacementPlan:
    """From which size on the next kind of place is cheaper, and the trials that say so (none: it was not measured)."""

    thread_min_chars: int
    process_min_chars: int
    trials: Mapping[Placement, Sequence[Trial]]

    @property
    def is_whole(self) -> bool:
        """Whether there was time for trials that tell about large work, too."""
        return any(trial.num_chars >= _TELLING_CHARS for trials in self.trials.values() for trial in trials)


async def measure(jobs: Mapping[Placement, Job], *, budget_s: float) -> dict[Placement, list[Trial]]:
    """Try each place with growing sizes while the next is likely to fit into `budget_s`; two sizes at least.

    A job does work on so many characters of text in its place. Raises: what a job raises.
    """
    begin_s = time.perf_counter()
    trials: dict[Placement, list[Trial]] = {placement: [] for placement in jobs}
    for number, num_chars in enumerate(_SIZES):
        size_begin_s = time.perf_counter()
        for placement, job in jobs.items():
            runs = [await _try(job, num_chars) for _ in range(_NUM_REPEATS)]
            trials[placement].append(min(runs, key=lambda trial: trial.cost_s))
        now_s = time.perf_counter()
        if number and number + 1 < len(_SIZES):
            growth = _SIZES[number + 1] / num_chars
            if now_s - begin_s + growth * (now_s - size_begin_s) > budget_s:
                break
    return trials


def plan_from(trials: Mapping[Placement, Sequence[Trial]], *, default_process_min_chars: int) -> PlacementPlan:
    """Make the plan that the trials' costs, as lines between and beyond the sizes tried, ask for.

    The default stands for a threshold of which small trials alone can't tell.
    """

    def cost_s(placement: Placement, num_chars: float) -> float:
        return _on_line([(trial.num_chars, trial.cost_s) for trial in trials[placement]], num_chars)

    def is_long_inline(num_chars: float) -> bool:
        held = [(trial.num_chars, trial.took_s) for trial in trials[Placement.INLINE]]
        return _on_line(held, num_chars) > _MAX_INLINE_S

    thread_min = _first(
        lambda size: (
            is_long_inline(size)
            or cost_s(Placement.INLINE, size) > min(cost_s(Placement.THREAD, size), cost_s(Placement.PROCESS, size))
        )
    )
    plan = PlacementPlan(thread_min, default_process_min_chars, trials)
    if not plan.is_whole:
        return plan
    process_min = _first(lambda size: cost_s(Placement.THREAD, size) > cost_s(Placement.PROCESS, size))
    return replace(
        plan, process_min_chars=max(thread_min, min(max(process_min, _MIN_PROCESS_CHARS), _MAX_THREAD_CHARS))
    )


async def _try(job: Job, num_chars: int) -> Trial:
    """Run a job once, beside a task that wakes all the time. Its hand-over holds the loop, too: it has its CPU time."""
    longest_s = 0.0

    async def tick() -> None:
        nonlocal longest_s
        while True:
            due_s = time.perf_counter() + _TICK_S
            try:
                await asyncio.sleep(_TICK_S)
            finally:  # cancelled while it is overdue: that counts, too
                longest_s = max(longest_s, time.perf_counter() - due_s)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0)
    begin_s, begin_cpu_s = time.perf_counter(), time.thread_time()
    await job(num_chars)
    took_s, cpu_s = time.perf_counter() - begin_s, time.thread_time() - begin_cpu_s
    ticking.cancel()
    await asyncio.wait([ticking])
    return Trial(num_chars, took_s, min(max(longest_s, cpu_s), took_s))


def _first(is_beyond: Callable[[float], bool]) -> int:
    """The least size from which on something holds for good; NEVER_CHARS if it ends by not holding."""
    size, first = float(NEVER_CHARS), NEVER_CHARS
    while size >= 16 and is_beyond(size):
        first = int(size)
        size /= 1.1
    return first


def _on_line(points: Sequence[tuple[float, float]], at: float) -> float:
    """The value at `at` of the line through the two points around it, or through the last two."""
    place = next((index for index in range(1, len(points) - 1) if points[index][0] >= at), len(points) - 1)
    (x0, y0), (x1, y1) = points[place - 1], points[place]
    slope = max(0.0, (y1 - y0) / (x1 - x0))
    return y0 + slope * (at - x0)
