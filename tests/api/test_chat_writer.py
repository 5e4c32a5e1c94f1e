from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest

from app.api.answer_schemas import ChatCompletion, ChatCompletionChunk
from app.api.chat_writer import AnswerHead, ChatWriter
from app.api.completion_answer import WholeChoice
from app.service.requests import ScoredToken, TextDelta, Usage

HEAD = AnswerHead('id"\n', "m\\é", "fp_1", created_s=1)
USAGE = Usage(num_prompt_tokens=1, num_completion_tokens=2)
# Half a character, a token that may not come after this text, and one that is not among its own likeliest.
SCORES = (
    ScoredToken(b"\xc3", -0.5, ((b"\xc3", -0.5), (b"a", float("-inf")))),
    ScoredToken(b"z", -3.0, ((b"y", -0.1),)),
)


def data_of(events: bytes) -> Iterator[bytes]:
    *lines, end = events.split(b"\n\n")
    assert end == b""
    for line in lines:
        assert line.startswith(b"data: ")
        assert b"\n" not in line
        yield line[6:]


def chunks(events: bytes) -> list[ChatCompletionChunk]:
    return [ChatCompletionChunk.model_validate_json(data) for data in data_of(events)]


@pytest.mark.parametrize("has_usage", [True, False])
def test_every_chunk_is_openais_whatever_the_names_hold(has_usage: bool) -> None:
    writer = ChatWriter(HEAD, num_choices=2, has_usage=has_usage)
    events = writer.opening()
    events += writer.delta(TextDelta('a"\n\u2028', index=1)) + writer.delta(TextDelta("b", "length", USAGE, index=0))
    events += writer.closing(USAGE)
    found = chunks(events)
    assert {(chunk.id, chunk.model, chunk.system_fingerprint) for chunk in found} == {('id"\n', "m\\é", "fp_1")}
    assert [(c.choices[0].index, c.choices[0].delta.content) for c in found if c.choices] == [
        (0, ""), (1, ""), (1, 'a"\n\u2028'), (0, "b"), (0, None),
    ]  # fmt: skip
    assert [chunk.usage is not None for chunk in found] == [False] * 5 + [True] * has_usage
    assert all(("usage" in orjson.loads(data)) is has_usage for data in data_of(events))


def test_logprobs_go_with_the_text_they_belong_to() -> None:
    writer = ChatWriter(HEAD, has_logprobs=True)
    (chunk,) = chunks(writer.delta(TextDelta("é", scores=SCORES)))
    logprobs = chunk.choices[0].logprobs
    assert logprobs is not None
    assert [entry.bytes for entry in logprobs.content] == [[0xC3], [0x7A]]
    assert [entry.logprob for entry in logprobs.content] == [-0.5, -3.0]
    assert [top.logprob for top in logprobs.content[0].top_logprobs] == [-0.5, -9999.0], "JSON has no infinity"


def test_a_last_token_without_text_still_has_its_logprob() -> None:
    events = ChatWriter(HEAD, has_logprobs=True).delta(TextDelta("", "length", USAGE, scores=SCORES[:1]))
    text, finish = chunks(events)
    assert text.choices[0].logprobs is not None
    assert finish.choices[0].finish_reason == "length"


def test_whole_answer_has_every_choice_with_its_logprobs() -> None:
    choices = [WholeChoice(), WholeChoice()]
    choices[0].take(TextDelta("a", scores=SCORES[:1]))
    choices[0].take(TextDelta("b", "stop", USAGE, scores=SCORES[1:]))
    choices[1].take(TextDelta("c", "length", USAGE))
    writer = ChatWriter(HEAD, num_choices=2, has_logprobs=True)
    answer = ChatCompletion.model_validate_json(writer.whole(choices, USAGE))
    assert [(c.index, c.message.content, c.finish_reason) for c in answer.choices] == [
        (0, "ab", "stop"), (1, "c", "length"),
    ]  # fmt: skip
    assert [len(c.logprobs.content) for c in answer.choices if c.logprobs] == [2, 0]
