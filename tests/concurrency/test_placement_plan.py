from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping

import pytest

from app.concurrency.placement import Placement, place
from app.concurrency.placement_plan import Job, PlacementPlan, Trial, measure, plan_from

DEADLINE_S = 60.0
DEFAULT_CHARS = 300_000


def trials_of(
    *costs: tuple[Placement, float, float, float], sizes: tuple[int, ...] = (200, 2_000, 20_000, 60_000)
) -> Mapping[Placement, list[Trial]]:
    """For each place: a fixed time, a time and a held time per character, in microseconds."""
    return {
        placement: [Trial(size, (fixed + each * size) / 1e6, held * size / 1e6) for size in sizes]
        for placement, fixed, each, held in costs
    }


USUAL = (
    (Placement.INLINE, 0.0, 0.5, 0.5),
    (Placement.THREAD, 150.0, 0.5, 0.01),
    (Placement.PROCESS, 8_000.0, 0.5, 0.001),
)


def plan_of(trials: Mapping[Placement, list[Trial]]) -> PlacementPlan:
    return plan_from(trials, default_process_min_chars=DEFAULT_CHARS)


def test_each_threshold_is_where_the_next_places_cost_becomes_the_least() -> None:
    plan = plan_of(trials_of(*USUAL))
    # inline 4.5 us a character against 150 + 0.58; a thread's 0.072 us more a character against 7,850 us
    assert plan.thread_min_chars == pytest.approx(150 / 3.92, rel=0.15)
    assert plan.process_min_chars == pytest.approx(7850 / 0.072, rel=0.15)


@pytest.mark.parametrize("num_chars", [10, 100, 5_000, 50_000, 200_000, 5_000_000])
def test_every_call_goes_where_its_predicted_cost_is_least(num_chars: int) -> None:
    plan = plan_of(trials_of(*USUAL))
    costs = {placement: fixed + each * num_chars + 8 * held * num_chars for placement, fixed, each, held in USUAL}
    found = place(num_chars, thread_min_chars=plan.thread_min_chars, process_min_chars=plan.process_min_chars)
    assert found is min(costs, key=costs.__getitem__)


def test_what_holds_the_loop_for_long_is_never_inline_however_dear_a_thread_is() -> None:
    dear = ((Placement.INLINE, 0.0, 1.0, 0.0), (Placement.THREAD, 9e6, 1.0, 0.0), (Placement.PROCESS, 9e6, 1.0, 0.0))
    assert plan_of(trials_of(*dear)).thread_min_chars == pytest.approx(2_000, rel=0.15)


@pytest.mark.parametrize(("process_fixed_us", "expected"), [(0.0, 20_000), (9e9, 300_000)])
def test_the_process_threshold_stays_within_bounds(process_fixed_us: float, expected: int) -> None:
    costs = (*USUAL[:2], (Placement.PROCESS, process_fixed_us, 0.1, 0.0))
    assert plan_of(trials_of(*costs)).process_min_chars == expected


def test_small_trials_alone_leave_the_process_threshold_at_its_default() -> None:
    plan = plan_of(trials_of(*USUAL, sizes=(200, 2_000)))
    assert not plan.is_whole
    assert plan.process_min_chars == DEFAULT_CHARS


def test_noise_that_makes_large_work_look_quicker_does_not_turn_a_line_downwards() -> None:
    trials = trials_of(*USUAL)
    trials[Placement.THREAD][-1] = Trial(60_000, 0.001, 0.0)
    assert plan_of(trials).thread_min_chars < 20_000


async def test_a_job_that_holds_the_loop_costs_what_it_holds_and_one_that_waits_does_not() -> None:
    async def computes(num_chars: int) -> None:
        end_s = time.thread_time() + 0.02
        while time.thread_time() < end_s:
            pass

    async def waits(num_chars: int) -> None:
        event = threading.Event()
        await asyncio.to_thread(event.wait, 0.02)

    async with asyncio.timeout(DEADLINE_S):
        trials = await measure({Placement.INLINE: computes, Placement.THREAD: waits}, budget_s=0.0)
    for inline, thread in zip(trials[Placement.INLINE], trials[Placement.THREAD], strict=True):
        assert inline.held_s >= 0.02
        assert thread.took_s >= 0.02
        assert thread.held_s < thread.took_s


async def test_sizes_that_would_not_fit_the_budget_are_not_tried() -> None:
    tried: list[int] = []

    async def job(num_chars: int) -> None:
        tried.append(num_chars)

    jobs: dict[Placement, Job] = {Placement.INLINE: job}
    async with asyncio.timeout(DEADLINE_S):
        await measure(jobs, budget_s=0.0)
        assert sorted(set(tried)) == [200, 2_000]
        tried.clear()
        await measure(jobs, budget_s=DEADLINE_S)
    assert sorted(set(tried)) == [200, 2_000, 20_000, 60_000]
