"""Plans are even or know nothing of each other, and the same every time."""

from __future__ import annotations

from itertools import pairwise
from statistics import mean, stdev

import pytest

from load.storm.plan import even_plan, poisson_plan


def test_a_poisson_plan_has_its_rate_and_gaps_that_spread_like_their_mean() -> None:
    plan = poisson_plan(100, 100, seed=1)
    gaps = [later - earlier for earlier, later in pairwise(plan)]
    assert len(plan) == pytest.approx(10_000, rel=0.05)
    assert mean(gaps) == pytest.approx(0.01, rel=0.05)
    assert stdev(gaps) == pytest.approx(0.01, rel=0.05)
    assert plan == sorted(plan)
    assert 0 < plan[0] < plan[-1] < 100


def test_a_seed_gives_the_same_plan_and_another_seed_another() -> None:
    assert poisson_plan(10, 5, seed=1) == poisson_plan(10, 5, seed=1) != poisson_plan(10, 5, seed=2)


def test_an_even_plan_starts_at_once() -> None:
    assert even_plan(0.5, 2) == [0, 0.5, 1.0, 1.5]
