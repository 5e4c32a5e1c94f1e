"""Follow-ups refer to intents that exist, and belong to the answer before them."""

import random

from models.recipe.follow_ups import KNOWN, by_field, in_context
from models.recipe.intents import BY_NAME


def test_every_follow_up_names_known_intents() -> None:
    named = {name for names, _, answer in KNOWN for name in (*names, answer)}
    assert named <= set(BY_NAME)


def test_a_follow_up_is_answered_by_the_named_intent() -> None:
    rng = random.Random(1)
    answers = {BY_NAME[name].say for names, _, name in KNOWN if "gil" in names}
    for _ in range(50):
        [(_, answer)] = in_context(BY_NAME["gil"], rng)
        assert any(answer in say for say in answers)


def test_an_intent_without_follow_ups_has_none() -> None:
    rng = random.Random(1)
    assert in_context(BY_NAME["licence"], rng) == []
    assert by_field(BY_NAME["bye"], rng) == []
