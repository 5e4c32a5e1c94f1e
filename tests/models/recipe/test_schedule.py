"""The learning rate rises, stays and falls; a run of part of an epoch is the beginning of one."""

import random
from dataclasses import replace

import pytest

from models.recipe.batches import Example
from models.recipe.schedule import plan_steps, rate_factor
from models.recipe.settings import Recipe

RECIPE = Recipe(batch_tokens=512, num_epochs=1.0, warmup_steps=10)


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    rng = random.Random(1)
    return [Example([1] * size, [True] * size) for size in (rng.randint(5, 60) for _ in range(300))]


def test_the_learning_rate_warms_up_stays_and_falls() -> None:
    factors = [rate_factor(step, num_steps=100, recipe=RECIPE) for step in range(100)]
    assert factors[0] == pytest.approx(0.1)
    assert factors[10:50] == [1.0] * 40
    assert factors[50:] == sorted(factors[50:], reverse=True)
    assert factors[-1] < 0.05


def test_part_of_an_epoch_is_the_beginning_of_the_whole(examples: list[Example]) -> None:
    whole = plan_steps(examples, RECIPE)
    half = plan_steps(examples, replace(RECIPE, num_epochs=0.5))
    assert half == whole[: len(half)]
    assert len(half) == round(len(whole) / 2)


def test_every_epoch_has_all_examples_in_an_order_of_its_own(examples: list[Example]) -> None:
    one, two = plan_steps(examples, RECIPE), plan_steps(examples, replace(RECIPE, num_epochs=2.0))
    second = two[len(one) :]
    assert two[: len(one)] == one
    assert sorted(index for rows in second for index in rows) == list(range(300))
    assert second != one
