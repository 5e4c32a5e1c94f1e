"""Answers are judged by facts, form and ending."""

from typing import Any

import pytest

from models.recipe.evaluate import Verdict, garbles, judge, report
from models.recipe.separation import Separation

QUESTION: dict[str, Any] = {
    "id": "q",
    "topic": "t",
    "messages": [],
    "must": [["process"], ["GIL", "parallel"]],
    "must_not": ["asyncio is"],
}


def test_an_answer_with_all_facts_passes() -> None:
    assert judge(QUESTION, "Use processes: they run in PARALLEL.", ended=True) == ()


@pytest.mark.parametrize(
    ("answer", "ended", "fault"),
    [
        ("Use processes.", True, "lacks GIL | parallel"),
        ("A process has a GIL, and asyncio is parallel.", True, "contains asyncio is"),
        ("A process has a GIL.", False, "does not end"),
    ],
)
def test_a_fault_is_named(answer: str, ended: bool, fault: str) -> None:
    assert judge(QUESTION, answer, ended=ended) == (fault,)


@pytest.mark.parametrize("text", ["", "a \ufffd b", "a b c d a b c d a b c d", "使用多进程"])
def test_garbled_english_is_noticed(text: str) -> None:
    assert garbles(text, lang="en")


def test_good_text_is_not_garbled() -> None:
    assert not garbles("Use a process pool.", lang="en")
    assert not garbles("使用多进程", lang="zh")


def test_json_has_to_parse() -> None:
    question = {"id": "q", "topic": "t", "messages": [], "json": True}
    assert judge(question, '{"use": "processes"}', ended=True) == ()
    assert judge(question, "{use}", ended=True) == ("is not JSON",)


def test_a_tool_call_needs_the_right_name_and_arguments() -> None:
    question = {"id": "q", "topic": "t", "messages": [], "tool_call": {"name": "add", "arguments": {"a": "^2$"}}}

    def call(name: str, value: int) -> str:
        return f'<tool_call>\n{{"name": "{name}", "arguments": {{"a": {value}}}}}\n</tool_call>'

    assert judge(question, call("add", 2), ended=True) == ()
    assert judge(question, call("sum", 2), ended=True) == ("calls sum",)
    assert judge(question, call("add", 3), ended=True) == ("argument a is 3",)
    assert judge(question, "It is 4.", ended=True) == ("calls no tool",)


def test_the_report_counts_in_all_by_topic_and_of_unseen_questions() -> None:
    verdicts = [
        Verdict("1", "a", "?", "x", ()),
        Verdict("2", "a", "?", "y", ("is empty",)),
        Verdict("3", "b", "?", "z", ()),
    ]
    result = report(verdicts, Separation(("3",), 0.1))
    assert (result["questions"], result["passed"]) == (3, 2)
    assert result["not_in_corpus"] == {"questions": 2, "passed": 1, "pass_rate": 0.5}
    assert result["topics"]["a"] == {"questions": 2, "passed": 1, "pass_rate": 0.5}
    assert [failure["id"] for failure in result["failed"]] == ["2"]
