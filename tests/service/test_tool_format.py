"""Tool calls forced and kept valid, over the bundled model's tokenizer."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest

from app.errors import InvalidRequestError
from app.service.answer_form import AnswerForm
from app.service.answer_parser import AnswerParser
from app.service.grammar import GrammarCompiler
from app.service.requests import ChatRequest, Grammar
from app.service.tool_format import HERMES, LLAMA3, MISTRAL, ToolFormat, find_tool_format, tool_grammar
from tests.service.test_grammar import DEADLINE_S as DEADLINE_S
from tests.service.test_grammar import TOKENIZER, allowed, compiler, walk

__all__ = ["compiler"]  # a fixture

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 5}, "days": {"type": "integer", "minimum": 1, "maximum": 9}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
TOOLS: list[dict[str, Any]] = [
    {"type": "function", "function": {"name": "weather", "parameters": WEATHER}},
    {"type": "function", "function": {"name": "stop"}},
]
FORMS = [HERMES, MISTRAL, LLAMA3]


def calls_of(text: str, form: ToolFormat) -> list[tuple[str, Any]]:
    ids = (str(number) for number in itertools.count())
    parser = AnswerParser(tools=form, has_thoughts=False, new_call_id=lambda: next(ids))
    parsed = parser.push(text, is_last=True)
    assert parsed.content.strip() == ""
    return [(call.name or "", json.loads(call.arguments)) for call in parsed.calls]


def assert_valid(name: str, arguments: Any) -> None:
    if name == "weather":
        assert arguments.keys() == {"city", "days"}
        assert type(arguments["days"]) is int
        assert 1 <= arguments["days"] <= 9
    else:
        assert name == "stop"
        assert isinstance(arguments, dict)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
async def test_a_required_answer_is_nothing_but_valid_calls(compiler: GrammarCompiler, form: ToolFormat) -> None:
    grammar = tool_grammar(TOOLS[:1], form, is_required=True, is_parallel=True)
    assert grammar is not None
    state = await compiler.compile(grammar)
    for seed in range(5):
        calls = calls_of(walk(state.copy(), random.Random(seed)), form)
        assert calls
        for call in calls:
            assert_valid(*call)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
async def test_without_parallel_calls_the_answer_ends_behind_the_first(
    compiler: GrammarCompiler, form: ToolFormat
) -> None:
    grammar = tool_grammar(TOOLS[1:], form, is_required=True, is_parallel=False)
    assert grammar is not None
    state = (await compiler.compile(grammar)).copy()
    body = f'{{"name": "stop", "{form.arguments_key}": {{}}}}'
    text = f"{form.begin}[{body}]" if form.is_list else f"{form.begin}{body}{form.end}"
    for token_id in TOKENIZER.encode(text).ids:
        state.accept(token_id)
    assert allowed(state) == [TOKENIZER.get_vocab()["<|im_end|>"]]


async def test_text_may_come_before_calls_that_are_valid(compiler: GrammarCompiler) -> None:
    grammar = tool_grammar(TOOLS, HERMES, is_required=False, is_parallel=True)
    assert grammar is not None
    state = (await compiler.compile(grammar)).copy()
    for token_id in TOKENIZER.encode('Let me see.\n<tool_call>\n{"name": "').ids:
        state.accept(token_id)
    beginnings = {TOKENIZER.id_to_token(token_id) for token_id in allowed(state)}
    assert all(name.startswith(("w", "s")) for name in beginnings if name), beginnings


def test_bare_calls_can_not_be_announced_so_free_text_stays_free() -> None:
    assert tool_grammar(TOOLS, LLAMA3, is_required=False, is_parallel=True) is None


def test_a_tool_that_is_strict_makes_its_schema_binding() -> None:
    strict = [{"type": "function", "function": {"name": "a", "strict": True}}]
    for tools, is_optional in ((TOOLS, True), (strict, False)):
        grammar = tool_grammar(tools, HERMES, is_required=False, is_parallel=True)
        assert grammar is not None
        assert grammar.is_optional is is_optional


def test_the_form_is_found_in_the_template() -> None:
    ours = Path("models/tutor/chat_template.jinja").read_text(encoding="utf-8")
    assert find_tool_format(ours) is HERMES
    assert find_tool_format("{% if tools %}[AVAILABLE_TOOLS]{% endif %}[TOOL_CALLS]") is MISTRAL
    assert find_tool_format("""{% if tools %}'{"name": function name, "parameters": dictionary}'""") is LLAMA3
    assert find_tool_format("{{ messages }}") is None


def request(**fields: Any) -> ChatRequest:
    return ChatRequest("r", **{"tools": TOOLS, **fields})


def test_one_tool_can_be_forced_by_name() -> None:
    form = AnswerForm(HERMES)
    grammar = form.grammar(request(tool_choice="required", forced_tool="stop"))
    assert grammar is not None
    assert "weather" not in grammar.source
    assert grammar == tool_grammar(TOOLS[1:], HERMES, is_required=True, is_parallel=False)
    with pytest.raises(InvalidRequestError, match="tool_choice"):
        form.grammar(request(tool_choice="required", forced_tool="other"))


def test_what_a_model_has_no_form_for_is_refused() -> None:
    assert AnswerForm(None).grammar(request()) is None
    with pytest.raises(InvalidRequestError, match="knows no tools"):
        AnswerForm(None).grammar(request(tool_choice="required"))
    with pytest.raises(InvalidRequestError, match="at once") as caught:
        AnswerForm(LLAMA3).grammar(request(grammar=Grammar("regex", "a", "text.format")))
    assert caught.value.param == "text.format"


ANSWER = Grammar("json_schema", '{"const": "no"}')


@pytest.mark.parametrize("form", [HERMES, MISTRAL], ids=lambda form: form.name)
async def test_with_a_form_and_tools_the_answer_has_the_form_or_is_calls(
    compiler: GrammarCompiler, form: ToolFormat
) -> None:
    grammar = AnswerForm(form).grammar(request(tools=TOOLS[:1], grammar=ANSWER))
    assert grammar is not None
    state = await compiler.compile(grammar)
    answers = [walk(state.copy(), random.Random(seed)) for seed in range(20)]
    called = [answer for answer in answers if answer != '"no"']
    assert 0 < len(called) < 20
    for answer in called:
        assert_valid(*calls_of(answer, form)[0])


def test_a_form_does_not_bind_an_answer_that_must_be_a_call_nor_tools_that_the_template_does_not_know() -> None:
    required = request(tool_choice="required", grammar=ANSWER)
    assert AnswerForm(HERMES).grammar(required) == AnswerForm(HERMES).grammar(request(tool_choice="required"))
    assert AnswerForm(None).grammar(request(grammar=ANSWER)) == ANSWER


def test_calls_are_looked_for_in_no_answer_that_has_the_form() -> None:
    new_parser = AnswerForm(HERMES).parser(request(grammar=ANSWER), is_thinking=False)
    assert new_parser is not None
    text = '{"x": "<tool_call>\\n{}</tool_call>"}'
    assert new_parser().push(text, is_last=True).content == text


def test_a_prompt_that_has_begun_a_thought_is_noticed() -> None:
    form = AnswerForm(None, has_thoughts=True)
    for text, expected in (("Hi<think>\n", True), ("Hi<think>\n\n</think>\n\n", False), ("Hi", False)):
        prompt = list(text.encode())
        assert form.is_thinking(prompt, lambda token_id: bytes([token_id])) is expected
    assert not AnswerForm().is_thinking([60], lambda token_id: b"<think>")
