"""What the model is trained on is what the chat template writes."""

import random
from typing import Any

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from models.recipe import compose
from models.recipe.chinese_dialogues import in_chinese
from models.recipe.dialogue import END, Dialogue, call_text, conversation, segments
from models.recipe.json_dialogues import in_json
from models.recipe.settings import CHAT_TEMPLATE, OUTPUT
from models.recipe.tool_dialogues import with_tools


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(OUTPUT)


def as_messages(dialogue: Dialogue) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "system", "content": dialogue.system}] if dialogue.system else []
    for turn in dialogue.turns:
        message: dict[str, Any] = {"role": turn.role, "content": turn.content}
        if turn.call:
            function = {"name": turn.call.name, "arguments": turn.call.arguments}
            message = {"role": "assistant", "content": None, "tool_calls": [{"type": "function", "function": function}]}
        messages.append(message)
    return messages


def rendered(tokenizer: PreTrainedTokenizerBase, dialogue: Dialogue) -> str:
    tools = [{"type": "function", "function": tool} for tool in dialogue.tools] or None
    return str(tokenizer.apply_chat_template(as_messages(dialogue), tools=tools, tokenize=False))


def test_the_template_writes_what_training_saw(tokenizer: PreTrainedTokenizerBase) -> None:
    rng = random.Random(11)
    for make in (with_tools, compose.multi_turn, in_json, in_chinese) * 25:
        dialogue = make(rng)
        assert rendered(tokenizer, dialogue) == "".join(text for text, _ in segments(dialogue))


def test_pieces_encode_like_the_whole(tokenizer: PreTrainedTokenizerBase) -> None:
    rng = random.Random(12)
    for make in (with_tools, compose.multi_turn, in_json, in_chinese) * 25:
        pieces = [text for text, _ in segments(make(rng))]
        ids = [i for text in pieces for i in tokenizer.encode(text, add_special_tokens=False)]
        assert ids == tokenizer.encode("".join(pieces), add_special_tokens=False)


def test_only_the_assistant_is_learned_and_its_end_too() -> None:
    pieces = segments(conversation("x", [("a", "b"), ("c", "d")], system="s"))
    assert [text for text, learned in pieces if learned] == [f"b{END}", f"d{END}"]


def test_arguments_given_as_text_render_like_those_given_as_object(tokenizer: PreTrainedTokenizerBase) -> None:
    def turns(arguments: object) -> list[dict[str, Any]]:
        call = {"type": "function", "function": {"name": "add", "arguments": arguments}}
        return [{"role": "user", "content": "q"}, {"role": "assistant", "content": None, "tool_calls": [call]}]

    as_object = tokenizer.apply_chat_template(turns({"a": 1}), tokenize=False)
    assert as_object == tokenizer.apply_chat_template(turns('{"a": 1}'), tokenize=False)


def test_results_of_several_calls_stand_in_one_user_turn(tokenizer: PreTrainedTokenizerBase) -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "tool", "content": "1"}, {"role": "tool", "content": "2"}]
    text = str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
    results = "<tool_response>\n1\n</tool_response>\n<tool_response>\n2\n</tool_response>"
    assert text.endswith(f"<|im_start|>user\n{results}<|im_end|>\n<|im_start|>assistant\n")


def test_content_in_parts_is_joined(tokenizer: PreTrainedTokenizerBase) -> None:
    parts = [{"type": "text", "text": "Hello "}, {"type": "text", "text": "there"}]
    text = tokenizer.apply_chat_template([{"role": "user", "content": parts}], tokenize=False)
    assert text == "<|im_start|>user\nHello there<|im_end|>\n"


def test_the_model_carries_the_template_of_the_recipe() -> None:
    assert (OUTPUT / "chat_template.jinja").read_text() == CHAT_TEMPLATE.read_text()


def test_a_call_is_written_as_json_between_its_tags() -> None:
    call = next(turn.call for _ in range(50) for turn in with_tools(random.Random(1)).turns if turn.call)
    assert call_text(call).startswith('<tool_call>\n{"name": "')
