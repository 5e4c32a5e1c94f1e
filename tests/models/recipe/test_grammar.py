"""Patterns expand to every one of their parts and to nothing else."""

import random

import pytest

from models.recipe.grammar import MACROS, expand
from models.recipe.intents import ENGLISH
from models.recipe.topics import chinese, formats, outside, scenarios, tools


def all_texts(pattern: str) -> set[str]:
    rng = random.Random(1)
    return {expand(pattern, rng) for _ in range(200)}


def test_brackets_choose_one_part_and_may_nest() -> None:
    assert all_texts("a [b|c [d|e]|]") == {"a b", "a c d", "a c e", "a"}


def test_macros_are_replaced_before_choices() -> None:
    assert all_texts("<good>") <= set(MACROS["good"].strip("[]").split("|"))


def test_an_unknown_macro_is_an_error() -> None:
    with pytest.raises(KeyError):
        expand("<nothing>", random.Random(1))


@pytest.mark.parametrize("pattern", ["[a|b", "a]b"])
def test_unbalanced_brackets_are_an_error(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"unbalanced|unclosed"):
        expand(pattern, random.Random(1))


def test_every_pattern_of_every_topic_expands() -> None:
    patterns = [p for intent in ENGLISH + chinese.INTENTS for p in intent.ask]
    patterns += [p for tool in tools.TOOLS for p in tool.ask] + list(tools.ANY_ASK)
    patterns += [*scenarios.ASK, *outside.ASK, *outside.ASK_MORE, *formats.JSON_ASK, *formats.ABOUT_FIRST]
    rng = random.Random(2)
    texts = [expand(pattern, rng) for pattern in patterns]
    assert all(texts)
    assert not [text for text in texts if any(char in text for char in "[]|<>")]
