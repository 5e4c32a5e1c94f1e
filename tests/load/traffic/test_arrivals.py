"""Plans and lengths are what their names say, and the same for the same seed."""

from __future__ import annotations

import random
from statistics import median
from typing import Any

import pytest
from pydantic import TypeAdapter

from load.traffic.arrivals import Arrivals, Closed, OpenArrivals
from load.traffic.lengths import Length

RATE, DURATION_S = 20.0, 100.0


def arrivals(kind: str, **fields: Any) -> OpenArrivals:
    found: OpenArrivals | Closed = TypeAdapter(Arrivals).validate_python(
        {"kind": kind, "duration_s": DURATION_S, "rate": RATE, **fields}
    )
    assert not isinstance(found, Closed)
    return found


ALL = [arrivals("constant"), arrivals("poisson"), arrivals("bursts", size=25), arrivals("ramp", from_share=0.5)]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: str(kind.kind))
def test_a_plan_is_in_order_within_its_time_and_the_same_for_the_same_seed(kind: OpenArrivals) -> None:
    plan = kind.plan(RATE, seed=1)
    assert plan == sorted(plan) == kind.plan(RATE, seed=1)
    assert 0 <= plan[0] <= plan[-1] < DURATION_S + 1e-6


@pytest.mark.parametrize(("kind", "expected"), list(zip(ALL, (2000, 2000, 2000, 1500), strict=True)))
def test_a_plan_keeps_its_rate(kind: OpenArrivals, expected: int) -> None:
    assert len(kind.plan(RATE, seed=1)) == pytest.approx(expected, rel=0.06)


def test_bursts_come_in_one_moment_and_then_nothing() -> None:
    plan = arrivals("bursts", size=25).plan(RATE, seed=1)
    assert plan[:25] == [0.0] * 25
    assert plan[25:50] == [pytest.approx(1.25)] * 25


def test_a_ramp_grows_evenly() -> None:
    plan = arrivals("ramp", from_share=0.0).plan(RATE, seed=1)
    quarters = [sum(start <= moment < start + 25 for moment in plan) for start in (0, 25, 50, 75)]
    assert quarters == pytest.approx([62.5, 187.5, 312.5, 437.5], rel=0.25)


def test_every_label_says_open_or_closed() -> None:
    assert all(kind.label(RATE).startswith("open loop") for kind in ALL)
    assert Closed(kind="closed", num_clients=3, duration_s=1).label().startswith("closed loop, 3 clients")


def lengths(**fields: Any) -> list[int]:
    length: Any = TypeAdapter(Length).validate_python(fields)
    rng = random.Random(1)
    return [length.draw(rng) for _ in range(4000)]


def test_constant_lengths_are_all_the_same() -> None:
    assert set(lengths(kind="constant", tokens=7)) == {7}


def test_uniform_lengths_are_all_between_two_numbers() -> None:
    found = lengths(kind="uniform", min=3, max=12)
    assert set(found) == set(range(3, 13))
    assert sum(found) / len(found) == pytest.approx(7.5, rel=0.03)


def test_lognormal_lengths_have_their_median_a_long_tail_and_an_end() -> None:
    found = sorted(lengths(kind="lognormal", median=100, sigma=1.0, max=2000))
    assert median(found) == pytest.approx(100, rel=0.06)
    assert found[int(0.8413 * len(found))] == pytest.approx(271.8, rel=0.1)  # one sigma above
    assert min(found) >= 1
    assert max(found) <= 2000
