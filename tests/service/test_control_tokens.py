"""app/service/control_tokens.py"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, normalizers

from app.errors import InvalidRequestError
from app.service.control_tokens import ControlTokens, insert
from tests.tiny_tokenizer import PLAIN_ADDED_TOKENS, SPECIAL_TOKENS, byte_level_tokenizer

_CONTROL = (*SPECIAL_TOKENS, *PLAIN_ADDED_TOKENS)
_parts = st.sampled_from([*_CONTROL, "<", "<|", "im_start|>", "|>", "tool_call>", "/", "x", " ", "é"])
_texts = st.lists(_parts, max_size=12).map("".join)


def _control_tokens(*extra: AddedToken, tokenizer: Tokenizer | None = None) -> ControlTokens:
    tokenizer = tokenizer or byte_level_tokenizer()
    tokenizer.add_tokens(list(extra))
    return ControlTokens(tokenizer)


@given(_texts)
def test_no_piece_spells_a_control_token_and_the_pieces_are_the_text(text: str) -> None:
    pieces = _control_tokens().split(text)
    assert "".join(pieces) == text
    assert not any(control in piece for control in _CONTROL for piece in pieces)


@given(_texts, _texts)
def test_texts_that_follow_each_other_spell_no_control_token_across_their_border(first: str, second: str) -> None:
    control_tokens = _control_tokens()
    marked = [insert("\U000f0000", text, control_tokens.cuts_before_more(text)) for text in (first, second)]
    for joined in ("".join(marked), "".join(text.strip() for text in marked)):
        assert not any(control in piece for control in _CONTROL for piece in joined.split("\U000f0000"))


@pytest.mark.parametrize("text", ["", "plain", "a < b", "<|im_start>", "<tool_call", "|>", "é" * 1000])
def test_a_text_without_control_tokens_stays_whole(text: str) -> None:
    assert _control_tokens().split(text) == [text]


def test_overlapping_control_tokens_are_all_cut() -> None:
    control_tokens = _control_tokens(AddedToken("<<a>", special=True), AddedToken("<a>>", special=True))
    assert control_tokens.split("<<a>>") == ["<", "<", "a>>"]


def test_a_control_token_across_the_border_of_two_search_windows_is_found() -> None:
    for shift in range(len("<|im_end|>") + 2):
        text = "x" * (65_536 - shift) + "<|im_end|>" + "y" * 10
        assert _control_tokens().split(text) == ["x" * (65_536 - shift) + "<", "|im_end|>" + "y" * 10]


def test_added_words_and_blanks_are_text_unless_they_are_special() -> None:
    words = [AddedToken(text, special=False) for text in ("\n\n", "▁▁", "asyncio")]
    control_tokens = _control_tokens(*words, AddedToken("STOP", special=True))
    assert control_tokens.split("asyncio\n\n▁▁") == ["asyncio\n\n▁▁"]
    assert control_tokens.split("STOP") == ["S", "TOP"]


def test_a_text_that_only_normalization_turns_into_a_control_token_is_taken_apart() -> None:
    tokenizer = byte_level_tokenizer()
    tokenizer.normalizer = normalizers.Lowercase()
    control_tokens = _control_tokens(AddedToken("<s>", special=True, normalized=True), tokenizer=tokenizer)
    assert len(tokenizer.encode("a<S>").ids) == 2  # the trap is real
    assert control_tokens.split("a<S>") == ["a", "<", "S", ">"]
    assert control_tokens.split("A<s>") == ["A<", "s>"]
    assert control_tokens.split("ABC") == ["ABC"]


def test_a_control_token_of_one_character_is_refused_as_it_can_not_be_cut() -> None:
    control_tokens = _control_tokens(AddedToken("☃", special=True))
    with pytest.raises(InvalidRequestError, match="control token"):
        control_tokens.split("a ☃")
    assert control_tokens.split("a") == ["a"]


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="surrogate"):
        _control_tokens().split("a\ud800")


def test_a_tokenizer_without_added_tokens_has_nothing_to_cut() -> None:
    from tokenizers import models

    assert ControlTokens(Tokenizer(models.BPE())).split("<|im_end|>") == ["<|im_end|>"]
