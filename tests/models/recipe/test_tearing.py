"""Torn words read the same, in other pieces."""

import random

from models.recipe.tearing import torn

TEXT = "How do endpoints behave on <|im_end|> a GPU?\n"


def test_the_pieces_together_are_the_text() -> None:
    rng = random.Random(1)
    assert all("".join(torn(TEXT, rng, share=0.5)) == TEXT for _ in range(50))


def test_every_long_word_is_torn_at_a_share_of_one() -> None:
    pieces = torn(TEXT, random.Random(2), share=1.0)
    assert len(pieces) == 3
    assert all(word not in piece for word in ("endpoints", "behave") for piece in pieces)


def test_marks_of_turns_and_short_words_stay_whole() -> None:
    rng = random.Random(3)
    for _ in range(50):
        assert any("<|im_end|> a GPU?" in piece for piece in torn(TEXT, rng, share=1.0))


def test_nothing_is_torn_at_a_share_of_zero() -> None:
    assert torn(TEXT, random.Random(4), share=0.0) == [TEXT]
