"""The report's arithmetic, on samples whose figures are known, and what a stall does to them. Exact."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import replace

import pytest

from load.loops import closed_loop, open_loop
from load.storm.outcome import Fate
from load.storm.plan import even_plan
from load.traffic.sample import Sample
from load.traffic.scenario import Limits
from load.traffic.summary import summarize
from tests.load.traffic.made_up import part, sample
from tests.load.virtual_time import Clock, run_virtual

STALL_BEGAN, STALL_ENDED = 2.0, 3.0
TTFT_S, ITL_S, NUM_TOKENS = 0.2, 0.05, 4


async def stalling_server(clock: Clock, due: float) -> Sample:
    """Answers with known delays, and does nothing at all during one second."""
    sent = clock.now()
    if STALL_BEGAN <= sent < STALL_ENDED:
        await asyncio.sleep(STALL_ENDED - sent)
    await asyncio.sleep(TTFT_S)
    moments = [clock.now()]
    for _ in range(NUM_TOKENS - 1):
        await asyncio.sleep(ITL_S)
        moments.append(clock.now())
    return Sample(due, sent, clock.now(), Fate.COMPLETE, 200, tuple(moments), NUM_TOKENS, 10)


def test_a_stall_shows_in_every_request_that_was_due_in_it() -> None:
    async def main(clock: Clock) -> list[Sample]:
        plan = even_plan(0.1, 5.0)
        return await open_loop(lambda _, due: stalling_server(clock, due), plan=plan, began=0.05, now=clock.now)

    samples = run_virtual(main)
    assert len(samples) == 50
    stalled = [found for found in samples if STALL_BEGAN < found.due < STALL_ENDED]
    assert len(stalled) == 10
    for found in samples:
        waited_s = STALL_ENDED - found.due if found in stalled else 0.0
        assert found.ttft_ms == pytest.approx(1000 * (TTFT_S + waited_s))
    assert summarize(part(samples, duration_s=5.0), Limits()).ttft_ms.p99 == pytest.approx(1150.0)


def test_a_closed_loop_hides_the_same_stall_in_one_request_a_client_which_is_why_it_is_labelled() -> None:
    async def main(clock: Clock) -> list[Sample]:
        return await closed_loop(
            lambda _: stalling_server(clock, clock.now()), num_clients=1, duration_s=60.0, now=clock.now
        )

    samples = run_virtual(main)
    assert sum(found.ttft_ms > 300 for found in samples) == 1
    assert summarize(part(samples, duration_s=60.0), Limits()).ttft_ms.p90 == pytest.approx(200.0)


def test_known_delays_are_reported_as_they_are() -> None:
    samples = [sample(0.5 * number, ttft_s=0.1 * (number + 1)) for number in range(10)]
    found = summarize(part(samples, duration_s=5.0), Limits())
    assert (found.ttft_ms.p50, found.ttft_ms.p90, found.ttft_ms.max) == pytest.approx((500, 900, 1000))
    assert found.ttft_ms.mean == pytest.approx(550)
    assert (found.itl_ms.p50, found.tpot_ms.p50) == pytest.approx((100, 100))
    assert found.e2e_ms.max == pytest.approx(1300)
    last = 4.5 + 1.3
    assert found.tokens_per_s == pytest.approx(40 / last)
    assert found.prompt_tokens_per_s == pytest.approx(400 / last)
    assert found.answers_per_s == pytest.approx(10 / last)
    assert found.offered_per_s == pytest.approx(2.0)
    assert (found.mean_prompt_tokens, found.mean_output_tokens) == (40, 4)


def test_goodput_counts_answers_that_keep_every_limit_by_the_time_they_were_due_in() -> None:
    samples = [
        sample(0.0, ttft_s=0.5, itl_s=0.1),
        sample(1.0, ttft_s=0.51, itl_s=0.1),
        sample(2.0, ttft_s=0.5, itl_s=0.11),
        sample(3.0, ttft_s=0.1, itl_s=0.1, num_tokens=20),
    ]
    found = summarize(part(samples), Limits(ttft_ms=500.001, tpot_ms=100.001, e2e_ms=1900))
    assert found.num_good == 1
    assert found.good_share == 0.25
    assert found.goodput_per_s == pytest.approx(0.1)
    assert summarize(part(samples), Limits()).num_good == 4


def test_a_closed_loop_s_goodput_is_no_more_than_what_it_answered() -> None:
    seen = replace(part([sample(0.0, ttft_s=5.6), sample(5.9, ttft_s=5.6)], duration_s=6.0), rate=None)
    found = summarize(seen, Limits())
    assert found.goodput_per_s == found.answers_per_s == pytest.approx(2 / 11.8)


def test_a_lost_request_that_was_waited_for_does_not_stretch_the_time_until_the_last_answer() -> None:
    samples = [sample(float(due)) for due in range(9)] + [sample(5.0, ttft_s=120.0, fate=Fate.LOST)]
    assert summarize(part(samples), Limits()).answers_per_s == pytest.approx(9 / 10)


def test_refusals_expiries_and_errors_are_counted_apart_and_are_no_latency() -> None:
    fates = [Fate.REFUSED, Fate.REFUSED, Fate.UNTIMED, Fate.EXPIRED, Fate.LOST, Fate.FAILED, Fate.FAILED, Fate.REJECTED]
    samples = [sample(ttft_s=9.0, fate=fate) for fate in fates] + [sample()]
    found = summarize(part(samples), Limits())
    assert (found.num_requests, found.num_complete, found.num_refused, found.num_expired) == (9, 1, 3, 1)
    assert found.errors == {"failed": 2, "lost": 1, "rejected": 1}
    assert found.num_errors == 4
    assert found.ttft_ms.max == pytest.approx(300)
    assert found.refusal_ms.p50 == pytest.approx(9000)


def test_a_whole_answer_without_any_text_has_failed() -> None:
    found = summarize(part([sample(num_tokens=0), sample()]), Limits())
    assert (found.num_complete, found.errors) == (1, {"failed": 1})


@pytest.mark.parametrize(("late_s", "is_valid"), [(0.009, True), (0.011, False)])
def test_a_run_whose_own_client_was_late_is_invalid_and_says_so(late_s: float, is_valid: bool) -> None:
    samples = [sample(late_s=late_s)] * 6 + [sample()] * 5
    found = summarize(part(samples), Limits())
    assert found.is_valid is is_valid
    assert is_valid or "11 ms or more after they were due" in found.faults[0]
    assert found.delay_ms.p50 == pytest.approx(1000 * late_s)


def test_a_run_without_an_answer_is_invalid_and_still_can_be_written() -> None:
    found = summarize(part([sample(fate=Fate.LOST)]), Limits())
    assert found.faults == ("no request was answered completely",)
    assert math.isnan(found.ttft_ms.p50)
    fields = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert fields["ttft_ms"]["p50"] is None
    assert fields["is_valid"] is False


def test_pings_that_were_not_answered_well_are_counted() -> None:
    seen = part([sample()], duration_s=1.0)
    assert summarize(seen, Limits()).health_ms.max == pytest.approx(10.0)
    assert summarize(seen, Limits()).num_bad_health == 0
