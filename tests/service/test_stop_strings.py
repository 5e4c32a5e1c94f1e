"""app/service/stop_strings.py"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidRequestError
from app.service.stop_strings import MAX_STOP_CHARS, MAX_STOP_STRINGS, StopStringScanner

_few_letters = st.text("ab\n", max_size=40)  # few letters, so that near misses are the rule
_stops = st.lists(st.text("ab\n", min_size=1, max_size=6), max_size=4)


def _search_naively(text: str, stops: list[str]) -> tuple[str, bool]:
    """The stop string that ends first wins; of several that end there, the longest."""
    hits = [(start + len(stop), start) for stop in stops for start in range(len(text)) if text.startswith(stop, start)]
    return (text[: min(hits)[1]], True) if hits else (text, False)


def _scan(pieces: list[str], stops: list[str]) -> tuple[str, bool]:
    scanner = StopStringScanner(stops)
    emitted = ""
    for piece in pieces:
        text, is_hit = scanner.push(piece)
        emitted += text
        if is_hit:
            assert scanner.flush() == ""
            return emitted, True
    return emitted + scanner.flush(), False


@given(st.lists(_few_letters, max_size=8), _stops)
def test_however_the_text_is_cut_the_result_is_that_of_the_naive_search(pieces: list[str], stops: list[str]) -> None:
    text = "".join(pieces)
    expected = _search_naively(text, stops)
    assert _scan(pieces, stops) == expected
    assert _scan(list(text), stops) == expected


@given(_few_letters, _stops)
def test_what_is_held_back_is_the_longest_end_that_may_still_become_a_stop(text: str, stops: list[str]) -> None:
    scanner = StopStringScanner(stops)
    emitted, is_hit = scanner.push(text)
    beginnings = {stop[:length] for stop in stops for length in range(1, len(stop))}
    if not is_hit:
        held = text[len(emitted) :]
        assert held == max(
            (text[start:] for start in range(len(text)) if text[start:] in beginnings), key=len, default=""
        )


def test_a_stop_string_across_pieces_is_never_emitted_in_part() -> None:
    scanner = StopStringScanner(["\nUser:"])
    assert [scanner.push(piece) for piece in ("Hi.", "\nUs", "e", "r", ": x")] == [
        ("Hi.", False),
        ("", False),
        ("", False),
        ("", False),
        ("", True),
    ]


def test_a_near_miss_is_emitted_when_it_can_no_longer_match() -> None:
    scanner = StopStringScanner(["abac"])
    assert scanner.push("aba") == ("", False)
    assert scanner.push("b") == ("ab", False)
    assert scanner.flush() == "ab"


def test_after_a_hit_nothing_more_is_emitted() -> None:
    scanner = StopStringScanner(["."])
    assert scanner.push("One. Two") == ("One", True)
    assert scanner.push("more") == ("", True)
    assert scanner.flush() == ""


def test_without_stop_strings_the_text_passes() -> None:
    scanner = StopStringScanner([])
    assert scanner.push("anything") == ("anything", False)
    assert scanner.flush() == ""


@pytest.mark.parametrize("stops", [[""], ["x" * (MAX_STOP_CHARS + 1)], ["x"] * (MAX_STOP_STRINGS + 1)])
def test_empty_long_and_many_stop_strings_are_refused(stops: list[str]) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        StopStringScanner(stops)
    assert caught.value.param == "stop"


class _CountingText(str):
    """A stop string that counts how often one of its characters is looked at."""

    num_looks = 0

    def __getitem__(self, key: object) -> str:
        _CountingText.num_looks += 1
        return super().__getitem__(key)  # type: ignore[index]


def test_the_worst_stop_string_costs_two_looks_a_character() -> None:
    scanner = StopStringScanner([_CountingText("a" * 1000 + "b")])
    _CountingText.num_looks = 0
    for _ in range(100):
        scanner.push("a" * 100)
    assert 10_000 <= _CountingText.num_looks <= 40_000
