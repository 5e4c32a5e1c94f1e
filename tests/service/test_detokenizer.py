"""app/service/detokenizer.py"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from app.service.detokenizer import IncrementalDetokenizer
from tests import tiny_tokenizer

_MAKERS = {
    "byte-level": tiny_tokenizer.byte_level_tokenizer,
    "sentencepiece": tiny_tokenizer.sentencepiece_tokenizer,
    "metaspace": tiny_tokenizer.metaspace_tokenizer,
    "wordpiece": tiny_tokenizer.wordpiece_tokenizer,
}
_EVERY_KIND = pytest.mark.parametrize("kind", _MAKERS)


@cache
def _tokenizer(kind: str) -> Tokenizer:
    make: Callable[[], Tokenizer] = _MAKERS[kind]
    return make()


def _stream(tokenizer: Tokenizer, ids: Iterable[int], *, skip_special_tokens: bool = True) -> list[str]:
    detokenizer = IncrementalDetokenizer(tokenizer, skip_special_tokens=skip_special_tokens)
    return [*(detokenizer.push([token_id]) for token_id in ids), detokenizer.flush()]


def _valid_bytes_kept(tokenizer: Tokenizer, ids: list[int], expected: str) -> str:
    """What decode would give if it replaced invalid bytes one by one and not the whole run of byte tokens."""
    if "\ufffd" not in expected:
        return expected
    runs = re.findall(
        r"((?:<0x[0-9A-F]{2}>)+)|(.+?)(?=<0x|$)", "".join(str(tokenizer.id_to_token(i)) for i in ids), re.S
    )
    text = ""
    for byte_run, words in runs:
        text += bytes.fromhex(byte_run.replace("<0x", "").replace(">", "")).decode(errors="replace")
        text += words.replace("▁", " ")
    return text.removeprefix(" ")


@_EVERY_KIND
@given(data=st.data())
def test_streamed_pieces_of_random_ids_joined_are_the_whole_decoded(kind: str, data: st.DataObject) -> None:
    tokenizer = _tokenizer(kind)
    ids = data.draw(st.lists(st.integers(0, tokenizer.get_vocab_size() - 1), max_size=60))
    skip = data.draw(st.booleans()) if kind != "sentencepiece" else False
    expected = tokenizer.decode(ids, skip_special_tokens=skip)
    if kind == "sentencepiece":
        expected = _valid_bytes_kept(tokenizer, ids, expected)
    assert "".join(_stream(tokenizer, ids, skip_special_tokens=skip)) == expected


@_EVERY_KIND
@given(text=st.text(max_size=40))
def test_text_comes_back_as_decode_gives_it_and_never_as_half_a_character(kind: str, text: str) -> None:
    tokenizer = _tokenizer(kind)
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    expected = tokenizer.decode(ids)
    pieces = _stream(tokenizer, ids)
    assert "".join(pieces) == expected
    assert sum(piece.count("\ufffd") for piece in pieces) == expected.count("\ufffd")


@given(text=st.text("a😀你é\ufffd \n", max_size=40), sizes=st.lists(st.integers(1, 5), max_size=40))
def test_many_tokens_in_one_push_give_the_same_text(text: str, sizes: list[int]) -> None:
    tokenizer = _tokenizer("byte-level")
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    detokenizer = IncrementalDetokenizer(tokenizer)
    emitted = ""
    for size in [*sizes, len(ids)]:
        emitted += detokenizer.push(ids[:size])
        ids = ids[size:]
    assert emitted + detokenizer.flush() == text


def test_a_character_of_several_tokens_is_held_until_it_is_whole() -> None:
    tokenizer = _tokenizer("byte-level")
    ids = tokenizer.encode("𝄞", add_special_tokens=False).ids  # not in the training text: four tokens of a byte each
    assert len(ids) == 4
    assert _stream(tokenizer, ids) == ["", "", "", "𝄞", ""]
    assert _stream(tokenizer, ids[:3]) == ["", "", "", "\ufffd"]


def test_a_real_replacement_character_does_not_stop_the_stream() -> None:
    tokenizer = _tokenizer("byte-level")
    ids = tokenizer.encode("\ufffd", add_special_tokens=False).ids
    pieces = _stream(tokenizer, ids * 3)
    assert [piece for piece in pieces if piece] == ["\ufffd"] * 3


def test_half_a_character_before_a_special_token_is_replaced_and_the_rest_goes_on() -> None:
    tokenizer = _tokenizer("byte-level")
    half = tokenizer.encode("𝄞", add_special_tokens=False).ids[:2]
    word = tokenizer.encode("loop", add_special_tokens=False).ids
    (special,) = tokenizer.encode("<|im_end|>", add_special_tokens=False).ids
    ids = [*half, special, *word]
    assert "".join(_stream(tokenizer, ids)) == tokenizer.decode(ids) == "\ufffdloop"
    shown = "".join(_stream(tokenizer, ids, skip_special_tokens=False))
    assert shown == tokenizer.decode(ids, skip_special_tokens=False) == "\ufffd<|im_end|>loop"


def test_ids_that_the_tokenizer_does_not_know_have_no_text() -> None:
    tokenizer = _tokenizer("byte-level")
    word = tokenizer.encode("loop", add_special_tokens=False).ids
    assert "".join(_stream(tokenizer, [10**6, *word, 10**6])) == "loop"


class _CountingTokenizer:
    """A tokenizer that counts the ids it is asked to decode."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.num_decoded = 0

    def decode(self, ids: list[int], skip_special_tokens: bool = True) -> str:
        self.num_decoded += len(ids)
        return str(self._tokenizer.decode(ids, skip_special_tokens=skip_special_tokens))

    def __getattr__(self, name: str) -> object:
        return getattr(self._tokenizer, name)


def test_a_long_answer_decodes_each_kind_of_token_once() -> None:
    counting = _CountingTokenizer(_tokenizer("byte-level"))
    ids = _tokenizer("byte-level").encode("An event loop waits. " * 500, add_special_tokens=False).ids
    detokenizer = IncrementalDetokenizer(counting)  # type: ignore[arg-type]
    detokenizer.push(ids[:50])
    num_decoded = counting.num_decoded
    detokenizer.push(ids[50:])
    assert counting.num_decoded == num_decoded
