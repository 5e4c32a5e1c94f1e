"""Several answers to one request: one prompt read once, one stream, every permit given back."""

from __future__ import annotations

import asyncio

import pytest

from app.engine.sampling_params import SamplingParams
from app.errors import InvalidRequestError, QueueFullError, SequenceFailedError
from app.service.choices import ChoicesStream
from app.service.requests import ChatRequest, TextDelta, Usage
from tests.service.chat_harness import DEADLINE_S, Harness, in_step, running
from tests.service.fake_engine import FakeEngine

NO_END = SamplingParams(ignore_eos=True, temperature=0.0)


async def read_all(stream: object) -> list[TextDelta]:
    assert isinstance(stream, ChoicesStream)
    async with asyncio.timeout(DEADLINE_S):
        return [delta async for delta in stream]


def text_of(deltas: list[TextDelta], index: int) -> str:
    return "".join(delta.text for delta in deltas if delta.index == index)


async def open_prompts(harness: Harness, *prompts: str | list[int], **fields: object) -> object:
    async with asyncio.timeout(DEADLINE_S):
        return await harness.chat.open(ChatRequest("r", prompts=prompts, params=NO_END, **fields))  # type: ignore[arg-type]


async def test_every_choice_is_answered_and_the_prompt_counted_once() -> None:
    async with running(FakeEngine()) as harness:
        stream = await harness.open_any(num_choices=3, max_tokens=4, params=NO_END, words=5)
        assert stream.usage == Usage(num_prompt_tokens=5, num_completion_tokens=0), "the counts so far"
        deltas = await read_all(stream)
        assert [len(text_of(deltas, index)) for index in range(3)] == [3, 3, 3]
        assert [delta.usage is not None for delta in deltas] == [False] * (len(deltas) - 1) + [True]
        usage = deltas[-1].usage
        assert usage is not None
        assert (usage.num_prompt_tokens, usage.num_completion_tokens) == (5, 12)
        assert harness.prompts.num_calls == 1
        await harness.finished()


async def test_other_choices_begin_when_the_prompt_has_been_read() -> None:
    engine = FakeEngine()
    async with running(engine) as harness:
        engine.gate.clear()
        stream = await harness.open_any(num_choices=3, max_tokens=4, params=NO_END)
        await in_step(engine)
        assert len(engine.requests) == 1, "the others would read the prompt once more each"
        engine.gate.set()
        await read_all(stream)
        assert len(engine.requests) == 3


async def test_choices_of_a_seeded_request_have_seeds_of_their_own() -> None:
    engine = FakeEngine()
    async with running(engine) as harness:
        params = SamplingParams(seed=7, ignore_eos=True)
        await read_all(await harness.open_any(num_choices=3, max_tokens=2, params=params))
        assert [request.params.seed for request in engine.requests] == [7, 8, 9]


async def test_prompts_are_answered_in_their_order_and_counted_each() -> None:
    async with running(FakeEngine()) as harness:
        deltas = await read_all(await open_prompts(harness, "a b", [1, 2, 3], num_choices=2, max_tokens=2))
        assert {delta.index for delta in deltas} == {0, 1, 2, 3}
        usage = deltas[-1].usage
        assert usage is not None
        assert (usage.num_prompt_tokens, usage.num_completion_tokens) == (2 + 3, 4 * 2)


async def test_a_request_for_more_answers_than_fit_is_refused_whole() -> None:
    async with running(FakeEngine(), max_requests=4) as harness:
        with pytest.raises(InvalidRequestError, match="5 answers"):
            await harness.open_any(num_choices=5)
        held = await harness.open_any(num_choices=2, params=NO_END, max_tokens=4)
        with pytest.raises(QueueFullError):
            await harness.open_any(num_choices=3)
        assert harness.admission.num_requests == 2, "what the refused one had reserved is given back"
        held.abort()
        await harness.finished()


@pytest.mark.parametrize("num_before", [0, 1])
async def test_abort_ends_all_choices_whether_they_have_begun_or_not(num_before: int) -> None:
    engine = FakeEngine(script=[10] * 60)
    async with running(engine) as harness:
        stream = await harness.open_any(num_choices=3, params=NO_END, max_tokens=50)
        for _ in range(num_before):
            await asyncio.wait_for(anext(stream), DEADLINE_S)
        stream.abort()
        await harness.finished()
        assert len(engine.requests) <= num_before * 3 + 1


async def test_a_failed_choice_ends_them_all_with_its_error() -> None:
    engine = FakeEngine()
    async with running(engine) as harness:
        engine.failing = SequenceFailedError("broken")
        with pytest.raises(SequenceFailedError, match="broken"):
            await read_all(await harness.open_any(num_choices=2, params=NO_END, max_tokens=50))
        await harness.finished()


async def test_a_prompt_that_is_too_long_gives_every_permit_back() -> None:
    async with running(FakeEngine()) as harness:
        with pytest.raises(InvalidRequestError, match="tokens"):
            await open_prompts(harness, "short", [1] * 100_000)
        await harness.finished()
