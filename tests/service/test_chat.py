"""app/service/chat.py on a fake engine: admission, order, deadlines, and clients that leave at every stage."""

from __future__ import annotations

import asyncio

import pytest

from app.errors import DeadlineExceededError, DeadlineUnreachableError, PromptTooLongError, QueueFullError
from tests.service.chat_harness import DEADLINE_S, Harness, in_step, read, running
from tests.service.fake_engine import FakeEngine


def cancelled(harness: Harness, stage: str) -> float:
    return harness.metrics.value("unblocked_requests_cancelled_total", stage=stage)


def wasted(harness: Harness) -> tuple[float, float]:
    name = "unblocked_tokens_wasted_total"
    return harness.metrics.value(name, kind="prompt"), harness.metrics.value(name, kind="completion")


def make_fast(harness: Harness, *, tokens_per_s: float, num_decode_tokens: int = 0) -> None:
    """Let the rates say that this many reserved tokens end in a second, and one step is made that decodes any."""
    num_prefill_tokens = 0 if num_decode_tokens else 10**6
    for _ in range(50):
        num_computed_tokens = num_prefill_tokens + num_decode_tokens
        harness.rates.ended(num_reserved_tokens=int(tokens_per_s), num_computed_tokens=num_computed_tokens)
        harness.rates.finished(num_output_tokens=100, max_tokens=100)
        harness.rates.step(
            1.0, num_prefill_tokens=num_prefill_tokens, num_decode_tokens=num_decode_tokens, is_backlogged=True
        )


async def test_a_refusal_comes_before_any_tokenizing() -> None:
    engine = FakeEngine([10] * 50)
    engine.gate.clear()
    async with running(engine, max_requests=1) as harness:
        await harness.open()
        with pytest.raises(QueueFullError):
            await harness.open()
        assert harness.prompts.num_calls == 1
        assert harness.metrics.value("unblocked_requests_refused_total", reason="queue_full") == 1
        assert harness.metrics.value("unblocked_accepted_requests") == 1
        assert harness.metrics.value("unblocked_accepted_tokens") == harness.admission.num_tokens > 0


async def test_what_the_engine_can_not_run_yet_waits_outside_and_leaves_for_nothing() -> None:
    engine = FakeEngine([10] * 50, max_num_seqs=2)
    engine.gate.clear()
    async with running(engine) as harness:
        streams = [await harness.open(max_tokens=3) for _ in range(5)]
        await in_step(engine)
        streams[3].abort()
        engine.gate.set()
        assert await read(streams[4]) == "kkk"
        assert [entry for entry in engine.log if entry.startswith("add")] == ["add 1", "add 2", "add 3", "add 5"]
        assert all(len(entry.split()) <= 3 for entry in engine.log), "more than two sequences in a step"
        assert cancelled(harness, "queued") == 1
        assert wasted(harness) == (0, 0)
        await harness.finished()


async def test_a_client_that_leaves_while_its_prompt_is_encoded_was_queued() -> None:
    async with running(FakeEngine()) as harness:
        harness.prompts.gate.clear()
        opening = asyncio.create_task(harness.open())
        await harness.prompts.encoding.wait()
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        assert (cancelled(harness, "queued"), harness.admission.num_requests) == (1, 0)


async def test_a_client_that_leaves_in_prefill_is_gone_before_the_next_step() -> None:
    engine = FakeEngine([10] * 50)
    engine.gate.clear()
    async with running(engine) as harness:
        stream, other = await harness.open(max_tokens=9), await harness.open(max_tokens=3)
        await in_step(engine)
        stream.abort()
        engine.gate.set()
        await read(other)
        assert [entry for entry in engine.log if entry.startswith("step")][1:] == ["step 2", "step 2"]
        assert (cancelled(harness, "prefill"), wasted(harness)) == (1, (0, 0))
        await harness.finished()


async def test_a_client_that_leaves_in_decode_is_gone_before_the_next_step_but_one() -> None:
    engine = FakeEngine([10] * 60)
    async with running(engine) as harness:
        stream = await harness.open(max_tokens=50, words=7)
        other = await harness.open(max_tokens=55)
        async with asyncio.timeout(DEADLINE_S):
            await anext(stream)
        num_steps = len([entry for entry in engine.log if entry.startswith("step")])
        stream.abort()
        await read(other)
        steps = [entry for entry in engine.log if entry.startswith("step")]
        assert all("1" not in entry.split() for entry in steps[num_steps + 2 :])
        assert cancelled(harness, "decode") == 1
        prompt, completion = wasted(harness)
        assert prompt == 6  # of 7 one was cached
        assert 1 <= completion < 50
        await harness.finished()


async def test_a_crowd_of_one_key_does_not_delay_anothers() -> None:
    engine = FakeEngine([10] * 50, max_num_seqs=1)
    engine.gate.clear()
    async with running(engine) as harness:
        crowd = [await harness.open(max_tokens=2, owner="a") for _ in range(20)]
        late = [await harness.open(max_tokens=2, owner="b") for _ in range(2)]
        engine.gate.set()
        await asyncio.gather(*map(read, [*crowd, *late]))
        order = [int(entry.split()[1]) for entry in engine.log if entry.startswith("add")]
        assert order.index(21) <= 2
        assert order.index(22) <= 4
        assert [number for number in order if number <= 20] == list(range(1, 21))


async def test_queue_time_is_from_acceptance_until_the_engine_takes_it() -> None:
    engine = FakeEngine([10] * 50, max_num_seqs=1)
    engine.gate.clear()
    async with running(engine) as harness:
        streams = [await harness.open(max_tokens=2) for _ in range(3)]
        await in_step(engine)
        assert harness.metrics.value("unblocked_queue_seconds_count") == 1
        engine.gate.set()
        await asyncio.gather(*map(read, streams))
        assert harness.metrics.value("unblocked_queue_seconds_count") == 3


async def test_work_that_expires_while_it_waits_never_starts() -> None:
    engine = FakeEngine([10] * 50, max_num_seqs=1)
    engine.gate.clear()
    async with running(engine) as harness:
        first = await harness.open(max_tokens=2)
        await in_step(engine)
        expiring = await harness.open(max_tokens=2, timeout_s=0.001)
        with pytest.raises(DeadlineExceededError):
            await read(expiring)
        engine.gate.set()
        await read(first)
        assert "add 2" not in engine.log
        await harness.finished()


async def test_the_smaller_time_limit_wins() -> None:
    engine = FakeEngine([10] * 50)
    engine.gate.clear()
    for server_s, client_s in ((0.001, 100.0), (100.0, 0.001)):
        async with running(engine, timeout_s=server_s) as harness:
            stream = await harness.open(timeout_s=client_s)
            with pytest.raises(DeadlineExceededError):
                await read(stream)
        engine = FakeEngine([10] * 50)
        engine.gate.clear()


async def test_a_time_limit_that_is_out_of_reach_is_refused_before_any_work() -> None:
    engine = FakeEngine([10] * 50, max_num_seqs=1)
    engine.gate.clear()
    async with running(engine) as harness:
        make_fast(harness, tokens_per_s=50, num_decode_tokens=1)
        for _ in range(3):
            await harness.open(max_tokens=47)
        await in_step(engine)
        before = harness.prompts.num_calls
        with pytest.raises(DeadlineUnreachableError, match=r"about 22\.\d s.*limit is 15 s") as caught:
            await harness.open(max_tokens=20, timeout_s=15)
        assert caught.value.retry_after_s > 1
        assert harness.prompts.num_calls == before
        assert harness.metrics.value("unblocked_requests_refused_total", reason="deadline") == 1
        assert harness.admission.num_requests == 3
        await harness.open(max_tokens=20, timeout_s=30)


async def test_nobody_stands_in_line_for_more_than_a_quarter_of_its_time_limit() -> None:
    engine = FakeEngine([10] * 50, max_num_seqs=1)
    engine.gate.clear()
    async with running(engine) as harness:
        make_fast(harness, tokens_per_s=50)
        for _ in range(3):
            await harness.open(max_tokens=47)
        await in_step(engine)  # 2 of 50 tokens each wait
        with pytest.raises(DeadlineUnreachableError, match=r"line is 2\.0 s long"):
            await harness.open(max_tokens=2, timeout_s=7.5)
        with pytest.raises(DeadlineUnreachableError):
            harness.chat.check(owner="", timeout_s=7.5)
        harness.chat.check(owner="", timeout_s=8.5)
        await harness.open(max_tokens=2, timeout_s=8.5)
        assert harness.metrics.value("unblocked_requests_refused_total", reason="deadline") == 2


async def test_who_has_little_in_line_beside_others_may_stand_in_it_for_half_of_its_time_limit() -> None:
    engine = FakeEngine([10] * 50, max_num_seqs=1)
    engine.gate.clear()
    async with running(engine) as harness:
        make_fast(harness, tokens_per_s=50)
        for owner in ("greedy", "greedy", "greedy", "greedy", "modest"):
            await harness.open(max_tokens=47, owner=owner)
        await in_step(engine)  # the modest one's 50 tokens wait, and a turn of the other's before each: 2 s
        with pytest.raises(DeadlineUnreachableError, match=r"4\.0 s long, more than 25%"):
            harness.chat.check(owner="greedy", timeout_s=7.5)
        harness.chat.check(owner="modest", timeout_s=7.5)
        with pytest.raises(DeadlineUnreachableError, match=r"2\.0 s long, more than 50%"):
            harness.chat.check(owner="modest", timeout_s=3.5)


async def test_the_check_at_the_door_refuses_and_counts_what_opening_would_and_reserves_nothing() -> None:
    engine = FakeEngine([10] * 50)
    engine.gate.clear()
    async with running(engine, max_requests=1) as harness:
        harness.chat.check(owner="", timeout_s=None)
        await harness.open()
        with pytest.raises(QueueFullError):
            harness.chat.check(owner="", timeout_s=None)
        assert harness.metrics.value("unblocked_requests_refused_total", reason="queue_full") == 1
        assert harness.admission.num_requests == 1


@pytest.mark.parametrize("is_known_at_once", [True, False])
async def test_what_waited_so_long_that_its_end_would_be_late_is_not_begun(is_known_at_once: bool) -> None:
    engine = FakeEngine([10] * 50, max_num_seqs=1)
    engine.gate.clear()
    async with running(engine) as harness:
        if is_known_at_once:
            make_fast(harness, tokens_per_s=10**9, num_decode_tokens=1)
        first, _ = await harness.open(max_tokens=2), await harness.open(max_tokens=2)
        await in_step(engine)
        late = await harness.open(max_tokens=9, timeout_s=9.00001)  # its 9 tokens take 9 s
        if not is_known_at_once:  # the crowd that it is part of makes the steps so slow
            make_fast(harness, tokens_per_s=10**9, num_decode_tokens=1)
        engine.gate.set()
        with pytest.raises(DeadlineExceededError, match="waited so long"):
            await read(late)
        await read(first)
        assert "add 3" not in engine.log


async def test_rates_of_a_crowd_long_gone_do_not_lock_anybody_out() -> None:
    async with running(FakeEngine([10] * 50)) as harness:
        for _ in range(50):
            harness.rates.ended(num_reserved_tokens=40, num_computed_tokens=40)
            harness.rates.finished(num_output_tokens=40, max_tokens=40)
            harness.rates.step(1.0, num_prefill_tokens=1, num_decode_tokens=1, is_backlogged=True)
        assert harness.rates.run_s(num_prompt_tokens=3, max_tokens=40) > 15
        assert len(await read(await harness.open(max_tokens=40, timeout_s=15))) == 40


async def test_unknown_rates_refuse_nobody() -> None:
    engine = FakeEngine([10] * 50, max_num_seqs=1)
    engine.gate.clear()
    async with running(engine) as harness:
        for _ in range(50):
            await harness.open(max_tokens=47, timeout_s=0.5)


async def test_a_prompt_that_is_too_long_gives_its_share_back() -> None:
    async with running(FakeEngine()) as harness:
        with pytest.raises(PromptTooLongError):
            await harness.open(words=100)
        assert (harness.admission.num_requests, harness.admission.num_tokens) == (0, 0)
