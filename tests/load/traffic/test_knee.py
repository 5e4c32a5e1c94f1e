"""The search finds the knee of servers whose knee is known, and the advice follows from what was measured."""

from __future__ import annotations

import math

import pytest

from load.traffic.advice import Advice, advise, budget_of, env_diff, present_settings
from load.traffic.knee import Step, knee_of, next_rate
from load.traffic.part import Part
from load.traffic.scenario import Limits
from load.traffic.summary import summarize
from tests.load.traffic.made_up import part, sample

LIMITS = Limits(ttft_ms=500, tpot_ms=120)
DURATION_S = 10.0


def step(rate: float, *, knee: float, itl_beyond_s: float = 0.1) -> Step:
    """What a server answers that is fast up to its knee and slow beyond it."""
    is_good = rate <= knee
    samples = [
        sample(number / rate, ttft_s=0.2 if is_good else 2.0, itl_s=0.05 if is_good else itl_beyond_s)
        for number in range(round(rate * DURATION_S))
    ]
    seen = part(samples, duration_s=DURATION_S)
    return Step(rate, seen, summarize(seen, LIMITS))


def swept(*, knee: float, peak: float, max_steps: int = 12) -> list[Step]:
    steps: list[Step] = []
    while rate := next_rate(steps, peak=peak, min_share=0.95, max_steps=max_steps):
        steps.append(step(rate, knee=knee))
    return steps


@pytest.mark.parametrize("knee", [3.0, 9.0, 20.0, 31.0])
def test_the_knee_is_found_within_an_eighth_wherever_it_is(knee: float) -> None:
    found = knee_of(swept(knee=knee, peak=20.0), min_share=0.95)
    assert found is not None
    assert knee / 1.125 <= found.rate <= knee


def test_a_server_that_keeps_no_limit_is_given_up() -> None:
    steps = swept(knee=0.0, peak=20.0)
    assert knee_of(steps, min_share=0.95) is None
    assert len(steps) < 12


def test_no_more_steps_are_made_than_allowed() -> None:
    assert len(swept(knee=1000.0, peak=10.0, max_steps=4)) == 4


def test_a_rate_that_was_good_by_luck_beyond_a_bad_one_is_not_the_knee() -> None:
    steps = [step(5.0, knee=5.0), step(8.0, knee=5.0), step(9.0, knee=9.0)]
    found = knee_of(steps, min_share=0.95)
    assert found is not None
    assert found.rate == 5.0


def advised(*, itl_beyond_s: float = 0.1) -> dict[str, Advice]:
    steps = [step(10.0, knee=10.0), step(20.0, knee=10.0, itl_beyond_s=itl_beyond_s)]
    return {advice.name: advice for advice in advise(steps[0], steps, LIMITS)}


def test_as_many_are_accepted_as_are_answered_in_the_time_that_an_answer_may_take() -> None:
    found = advised()
    budget_s = 0.5 + 0.12 * 3  # four tokens
    fastest = 200 / (9.95 + 2.3)  # of the step beyond
    assert budget_of(LIMITS, num_tokens=4) == pytest.approx(budget_s)
    assert found["UNBLOCKED_MAX_ACCEPTED_REQUESTS"].value == str(math.ceil(fastest * budget_s))
    assert found["UNBLOCKED_REQUEST_TIMEOUT_S"].value == "1"


def test_fewer_sequences_are_advised_only_where_tokens_became_slow() -> None:
    assert "UNBLOCKED_MAX_NUM_SEQS" not in advised()
    assert advised(itl_beyond_s=0.3)["UNBLOCKED_MAX_NUM_SEQS"].value == "5"  # what ran at the knee


def test_without_limits_nothing_is_advised() -> None:
    steps = [step(10.0, knee=10.0)]
    assert advise(steps[0], steps, Limits(ttft_ms=500)) == []
    assert budget_of(Limits(e2e_ms=900, ttft_ms=500, tpot_ms=500), num_tokens=9) == pytest.approx(0.9)


def test_the_diff_shows_what_is_and_what_should_be_and_leaves_out_what_is_so() -> None:
    advice = [Advice("A", "3", "why a"), Advice("B", "4", "why b"), Advice("C", "5", "why c")]
    assert env_diff(advice, {"A": "9", "B": "4.0"}).splitlines() == [
        "  # why a", "- A=9", "+ A=3",
        "  # why c", "+ C=5",
    ]  # fmt: skip


def test_the_present_settings_are_the_services_own() -> None:
    settings = present_settings()
    assert {"UNBLOCKED_MAX_ACCEPTED_REQUESTS", "UNBLOCKED_REQUEST_TIMEOUT_S", "UNBLOCKED_MAX_NUM_SEQS"} <= set(settings)


def test_a_part_survives_what_a_step_is_made_of() -> None:
    seen = step(2.0, knee=9.0).part
    again = Part.from_json(seen.to_json())
    assert summarize(again, LIMITS).ttft_ms.p50 == pytest.approx(summarize(seen, LIMITS).ttft_ms.p50)
