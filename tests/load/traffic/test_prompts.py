"""Requests are as long as asked for, never the same twice, and a conversation's begin with all that was said in it."""

from __future__ import annotations

import json
from typing import Any

from load.storm.connection import Target
from load.traffic.prompts import Dialect, Prompts
from tests.load.traffic.made_up import scenario

TARGET = Target("h", 1, 0, "m")


def prompts(dialect: Dialect | None = None, **prompt: Any) -> Prompts:
    made = scenario(prompt={"tokens": {"kind": "constant", "tokens": 20}, **prompt})
    return Prompts(TARGET, made, dialect or Dialect())


def body(raw: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(raw.partition(b"\r\n\r\n")[2])
    return found


def test_a_request_is_streamed_counted_and_has_its_length() -> None:
    asked = body(prompts().raw(0))
    assert asked["stream"] is True
    assert asked["stream_options"] == {"include_usage": True}
    assert (asked["model"], asked["max_tokens"], asked["ignore_eos"]) == ("m", 4, True)
    assert len(asked["messages"][0]["content"].split()) == 20


def test_a_server_that_does_not_know_a_field_is_not_sent_it() -> None:
    assert "ignore_eos" not in body(prompts(Dialect(can_ignore_eos=False)).raw(0))


def test_words_are_as_many_as_the_servers_tokens_ask_for() -> None:
    made = prompts(Dialect(tokens_per_word=2.0, extra_tokens=4.0))
    assert len(made.messages(0)[0]["content"].split()) == 8
    assert Dialect(extra_tokens=99.0).num_words(10) == 1


def test_the_same_number_gives_the_same_request_and_no_two_numbers_do() -> None:
    assert len({prompts().raw(number) for number in [*range(50), *range(50)]}) == 50


def test_a_conversations_requests_begin_with_the_one_before_until_another_begins() -> None:
    made = prompts(num_turns=3, num_conversations=2)
    first, other, second, _, third, _, new = (made.messages(number) for number in range(7))
    assert [len(messages) for messages in (first, second, third, new)] == [1, 3, 5, 1]
    assert second[:1] == first
    assert third[:3] == second
    assert [message["role"] for message in third] == ["user", "assistant", "user", "assistant", "user"]
    texts = [messages[-1]["content"] for messages in (first, second, third, other, new)]
    assert len(set(texts)) == 5
