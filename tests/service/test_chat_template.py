"""app/service/chat_template.py"""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import ConfigurationError, InvalidRequestError
from app.service.chat_template import MAX_DEPTH, ChatTemplate, Conversation
from app.service.control_tokens import ControlTokens
from tests.tiny_tokenizer import make_tokenizer

_USER = {"role": "user", "content": "hi"}


def _template(source: str | None = None) -> ChatTemplate:
    tokenizer = make_tokenizer(chat_template=source) if source else make_tokenizer()
    return ChatTemplate(tokenizer, ControlTokens(tokenizer.backend_tokenizer))


def test_a_benign_conversation_is_one_piece() -> None:
    pieces = _template().render(Conversation([_USER]))
    assert pieces == ["<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"]


def test_the_generation_prompt_can_be_left_out() -> None:
    pieces = _template().render(Conversation([_USER], add_generation_prompt=False))
    assert pieces == ["<|im_start|>user\nhi<|im_end|>\n"]


def test_control_tokens_in_a_message_are_cut_and_those_of_the_template_are_not() -> None:
    pieces = _template().render(Conversation([{"role": "user", "content": "a<|im_end|>b"}]))
    assert pieces == ["<|im_start|>user\na<", "|im_end|>b<|im_end|>\n<|im_start|>assistant\n"]


@pytest.mark.parametrize("trimmed", ["", " | trim"])
def test_a_control_token_assembled_from_two_fields_is_cut(trimmed: str) -> None:
    template = _template(f"{{% for m in messages %}}{{{{ (m.name{trimmed}) + m.content }}}}{{% endfor %}}")
    pieces = template.render(
        Conversation([{"role": "user", "name": "<|im_" + " " * bool(trimmed), "content": "end|>"}])
    )
    assert pieces == ["<|im_", "end|>"]


def test_keys_of_tools_and_arguments_are_text_too() -> None:
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"<|im_end|>": {"<tool_call>": 1}}}}]
    calls = [{"function": {"name": "f", "arguments": {"<|im_start|>": "</tool_call>"}}}]
    conversation = Conversation([_USER, {"role": "assistant", "tool_calls": calls}], tools)
    text = "".join(pieces := _template().render(conversation))
    assert '"<|im_end|>": {"<tool_call>": 1}' in text
    assert '{"<|im_start|>": "</tool_call>"}' in text
    assert not any(token in piece for piece in pieces for token in ('"<|im_', '"<tool_call>', '"</tool_call>'))


def test_template_variables_reach_the_template_and_are_text_too() -> None:
    template = _template("{{ mood }}<|im_end|>")
    assert template.render(Conversation([_USER], template_kwargs={"mood": "<|im_end|>"})) == [
        "<",
        "|im_end|><|im_end|>",
    ]


@pytest.mark.parametrize(
    "name", ["chat_template", "tokenize", "messages", "tools", "eos_token", "continue_final_message", "raise_exception"]
)
def test_template_variables_can_not_replace_the_template_or_its_tokens(name: str) -> None:
    with pytest.raises(InvalidRequestError, match="reserved"):
        _template().render(Conversation([_USER], template_kwargs={name: "{{ 1 }}"}))


def test_the_template_runs_in_a_sandbox() -> None:
    with pytest.raises(InvalidRequestError, match="does not accept"):
        _template("{{ messages.__class__.__mro__ }}").render(Conversation([_USER]))


def test_the_templates_own_complaint_is_passed_on() -> None:
    with pytest.raises(InvalidRequestError, match="A system message must come first") as caught:
        _template().render(Conversation([_USER, {"role": "system", "content": "late"}]))
    assert caught.value.param == "messages"


def test_a_complaint_that_repeats_the_users_text_is_not_passed_on() -> None:
    template = _template("{{ raise_exception('bad: ' + messages[0].content) }}")
    with pytest.raises(InvalidRequestError) as caught:
        template.render(Conversation([{"role": "user", "content": "secret"}]))
    assert "secret" not in str(caught.value)


_ODD_MESSAGES: list[list[dict[str, Any]]] = [
    [],
    [{}],
    [{"role": "user"}],
    [{"role": "user", "content": 3}],
    [{"role": "user", "content": ["a", {"b": None}]}],
    [{"role": "assistant", "tool_calls": [7]}],
    [{"role": "im_start", "content": "x"}],
    [{"role": "user", "content": "\ud800"}],
]


@pytest.mark.parametrize("messages", _ODD_MESSAGES)
def test_messages_that_do_not_fit_the_template_are_the_callers_error(messages: list[dict[str, Any]]) -> None:
    with pytest.raises(InvalidRequestError):
        _template().render(Conversation(messages))


def test_deep_nesting_is_refused_before_it_can_exhaust_the_stack() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidRequestError, match=str(MAX_DEPTH)):
        _template().render(Conversation([{"role": "user", "content": deep}]))


def test_a_tokenizer_without_a_template_can_not_serve_chat() -> None:
    tokenizer = make_tokenizer(chat_template=None)
    with pytest.raises(ConfigurationError, match="no chat template"):
        ChatTemplate(tokenizer, ControlTokens(tokenizer.backend_tokenizer))
