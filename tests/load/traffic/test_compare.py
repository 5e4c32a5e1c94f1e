"""A verdict is given only where the figures carry it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from load.storm.outcome import Fate
from load.traffic.compare import Change, cautions, compare, verdict
from load.traffic.part import Part
from load.traffic.scenario import Limits
from tests.load.traffic.made_up import noisy_part, part, sample

LIMITS = Limits(ttft_ms=500)
DRAWS = 800


def compared(before: Part, after: Part) -> dict[str, Change]:
    return {change.name.partition(",")[0]: change for change in compare(before, after, LIMITS, num_draws=DRAWS)}


def test_a_slower_first_token_is_worse_by_as_much_as_it_is_and_nothing_else_is() -> None:
    found = compared(noisy_part(ttft_s=0.3, seed=1), noisy_part(ttft_s=0.4, seed=2))
    slower = found["TTFT p50"]
    assert slower.verdict == "worse"
    assert slower.low <= 1 / 3 <= slower.high
    assert slower.change == pytest.approx(1 / 3, abs=0.02)
    assert found["ITL p50"].verdict == "the same"
    assert verdict(list(found.values())).startswith("B is worse: TTFT p50 +3")


def test_the_other_way_round_it_is_better() -> None:
    found = compared(noisy_part(ttft_s=0.4, seed=1), noisy_part(ttft_s=0.3, seed=2))
    assert verdict(list(found.values())).startswith("B is better: TTFT p50 -2")


def test_more_goodput_is_better() -> None:
    found = compared(noisy_part(ttft_s=0.6, seed=1), noisy_part(ttft_s=0.3, seed=2))
    assert (found["goodput"].before, found["goodput"].after) == (0.0, 10.0)
    assert found["goodput"].verdict == "better"


def test_closed_loops_are_compared_by_the_time_until_their_last_answers() -> None:
    """Both ask twice in six seconds, and one is answered sooner."""
    slow, fast = (
        replace(part([sample(0.0, ttft_s=took), sample(took, ttft_s=took)], duration_s=6.0), rate=None)
        for took in (5.9, 4.0)
    )
    found = compared(slow, fast)
    assert found["tokens"].change == pytest.approx((5.9 + 5.9 + 0.3) / (4.0 + 4.0 + 0.3) - 1)


@pytest.mark.parametrize("seed", range(5))
def test_two_runs_of_the_same_are_never_told_apart(seed: int) -> None:
    found = compared(noisy_part(ttft_s=0.3, seed=seed), noisy_part(ttft_s=0.3, seed=100 + seed))
    assert {change.verdict for change in found.values()} <= {"the same", "can't be told"}
    assert verdict(list(found.values())).startswith(("A and B are the same within 5%", "No difference can be told"))


def test_one_bad_stretch_of_a_run_is_not_taken_for_a_difference() -> None:
    """As single requests the slow tenth would look like sixty witnesses; it is one event."""
    found = compared(noisy_part(ttft_s=0.3, seed=1), noisy_part(ttft_s=0.3, seed=2, is_slow_at_end=True))
    assert found["TTFT p99"].change > 2
    assert found["TTFT p99"].verdict == "can't be told"


def test_better_in_one_thing_and_worse_in_another_is_mixed() -> None:
    found = compared(noisy_part(ttft_s=0.3, seed=1, itl_s=0.1), noisy_part(ttft_s=0.2, seed=2, itl_s=0.2))
    assert verdict(list(found.values())).startswith("Mixed: B is better in TTFT p50")


def test_a_run_without_answers_gives_no_verdict_and_a_caution() -> None:
    nothing = part([sample(fate=Fate.LOST)])
    changes = compare(nothing, nothing, LIMITS, num_draws=10)
    assert "worse" not in {change.verdict for change in changes}
    assert sum("no request was answered" in caution for caution in cautions(nothing, nothing, LIMITS)) == 2


def test_what_a_reader_must_know_is_said() -> None:
    few, many = part([sample()]), noisy_part(ttft_s=0.3, seed=1)
    assert any("B has 1 complete answers" in caution for caution in cautions(many, few, LIMITS))
    other = replace(many, label="open loop, another")
    assert [caution for caution in cautions(many, other, LIMITS) if "not asked the same" in caution]
    assert list(cautions(many, many, LIMITS)) == []
