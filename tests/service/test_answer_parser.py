"""Answers taken apart: the same whatever pieces they come in, and nothing lost that is not a call."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.service.answer_parser import AnswerParser
from app.service.tool_format import HERMES, LLAMA3, MISTRAL, ToolFormat

HERMES_CALL = '<tool_call>\n{"name": "get", "arguments": {"city": "P\\"}]{", "n": [1, {"a": 2}]}}\n</tool_call>'
ARGUMENTS = {"city": 'P"}]{', "n": [1, {"a": 2}]}


class Whole:
    """All that a parser said about one answer."""

    def __init__(self, pieces: Iterable[str], form: ToolFormat | None = HERMES, **fields: bool) -> None:
        ids = (f"call_{number}" for number in itertools.count())
        parser = AnswerParser(
            tools=form, has_thoughts=fields.pop("has_thoughts", False), new_call_id=lambda: next(ids), **fields
        )
        self.content = self.reasoning = ""
        self.calls: list[list[str]] = []
        pieces = list(pieces)
        for number, piece in enumerate(pieces):
            parsed = parser.push(piece, is_last=number == len(pieces) - 1)
            self.content += parsed.content
            self.reasoning += parsed.reasoning
            for call in parsed.calls:
                if call.index == len(self.calls):
                    assert call.call_id == f"call_{call.index}"
                    self.calls.append([call.name or "?", ""])
                else:
                    assert call.index == len(self.calls) - 1
                    assert call.call_id is call.name is None
                self.calls[-1][1] += call.arguments
        self.has_calls = parser.has_calls

    @property
    def parsed_calls(self) -> list[tuple[str, object]]:
        return [(name, json.loads(arguments)) for name, arguments in self.calls]


TEXTS = {
    "plain": ("Just text, 1 < 2.", HERMES),
    "one call": (HERMES_CALL, HERMES),
    "text, then calls": (f"Let me look.\n{HERMES_CALL}\n{HERMES_CALL}", HERMES),
    "mistral": ('[TOOL_CALLS][{"name": "a", "arguments": {"x": 1}}, {"name": "b", "arguments": {}}]', MISTRAL),
    "llama": ('{"name": "a", "parameters": {"x": "y"}}; {"name": "b", "parameters": {}}', LLAMA3),
    "thought": ("<think>\nhm, 1 < 2\n</think>\n\nYes.", HERMES),
    "arguments first": ('<tool_call>{"arguments": {"x": 1}, "name": "a"}</tool_call>', HERMES),
    "broken": ("<tool_call>no object</tool_call> and more", HERMES),
    "breaks off": ('<tool_call>\n{"name": "get", "arguments": {"ci', HERMES),
    "text behind a call": (f"{HERMES_CALL}, then text", HERMES),
    "only announced": ("Let me see <tool_call>\n", HERMES),
    "nearly": ("a <tool_cal and <tool_calls", HERMES),
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_pieces_do_not_matter(name: str) -> None:
    text, form = TEXTS[name]
    whole = vars(Whole([text], form, has_thoughts=True))
    assert vars(Whole(text, form, has_thoughts=True)) == whole
    for cut in range(len(text)):
        assert vars(Whole([text[:cut], text[cut:]], form, has_thoughts=True)) == whole


def test_text_without_calls_is_left_as_it_is() -> None:
    for text in ("", " two  blanks ", TEXTS["plain"][0], TEXTS["nearly"][0], "{}", '{"name": "a"}'):
        found = Whole([text])
        assert (found.content, found.calls, found.has_calls) == (text, [], False)


def test_calls_have_their_names_and_arguments() -> None:
    found = Whole([TEXTS["text, then calls"][0]])
    assert found.content == "Let me look.\n"
    assert found.parsed_calls == [("get", ARGUMENTS)] * 2
    assert Whole([TEXTS["mistral"][0]], MISTRAL).parsed_calls == [("a", {"x": 1}), ("b", {})]
    assert Whole([TEXTS["llama"][0]], LLAMA3).parsed_calls == [("a", {"x": "y"}), ("b", {})]
    assert Whole([TEXTS["arguments first"][0]]).parsed_calls == [("a", {"x": 1})]


def test_an_answer_that_is_text_or_calls_has_no_calls_in_its_text() -> None:
    for text in (f'{{"html": "{HERMES_CALL}"}}', "<tool", "<tool_cat>", f"<think>no</think>x{HERMES_CALL}"):
        for pieces in ([text], list(text)):
            found = Whole(pieces, is_either=True)
            assert (found.content, found.calls) == (text, [])
    for pieces in ([HERMES_CALL], list(HERMES_CALL)):
        assert Whole(pieces, is_either=True).parsed_calls == [("get", ARGUMENTS)]
    found = Whole([*f"<think>a</think>{HERMES_CALL}"], is_either=True, has_thoughts=True)
    assert (found.reasoning, found.content, len(found.calls)) == ("a", "", 1)


def test_arguments_come_while_they_are_written() -> None:
    parser = AnswerParser(tools=HERMES, has_thoughts=False, new_call_id=lambda: "id")
    (first,) = parser.push('<tool_call>{"name": "a", "arguments": {"text": "one').calls
    assert (first.name, first.arguments) == ("a", '{"text": "one')
    (second,) = parser.push(" two").calls
    assert (second.name, second.arguments) == (None, " two")


def test_thoughts_are_not_content() -> None:
    found = Whole([TEXTS["thought"][0]], has_thoughts=True)
    assert (found.reasoning, found.content) == ("\nhm, 1 < 2\n", "Yes.")
    begun = Whole(["so\n</think>\n\nYes <think>."], has_thoughts=True, is_thinking=True)
    assert (begun.reasoning, begun.content) == ("so\n", "Yes <think>.")
    assert Whole([TEXTS["thought"][0]]).content == TEXTS["thought"][0], "a model that does not think aloud says it"


def test_a_thought_without_an_end_is_still_a_thought() -> None:
    found = Whole(["<think>on and", " on"], has_thoughts=True)
    assert (found.reasoning, found.content) == ("on and on", "")


def test_what_is_no_call_is_given_back_as_text() -> None:
    assert Whole([TEXTS["broken"][0]]).content == TEXTS["broken"][0]
    assert Whole(['<tool_call>\n{"nam']).content.startswith("<tool_call>")
    assert Whole([TEXTS["only announced"][0]]).content == TEXTS["only announced"][0]
    assert Whole([TEXTS["text behind a call"][0]]).content == ", then text"


def test_a_call_that_breaks_off_is_told_as_far_as_it_came() -> None:
    found = Whole([TEXTS["breaks off"][0]])
    assert found.calls == [["get", '{"ci']]
    assert found.content == ""


@given(st.text(alphabet='<>tool_call/{}"[]:,a \\n\n', max_size=80), st.integers(0, 80))
def test_no_text_breaks_the_parser(text: str, cut: int) -> None:
    for form in (HERMES, MISTRAL, LLAMA3, None):
        Whole([text[:cut], text[cut:]], form, has_thoughts=True)
