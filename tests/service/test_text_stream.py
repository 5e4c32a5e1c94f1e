from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Iterable

import pytest

from app.engine.protocol import FinishReason, SequenceOutput
from app.errors import DeadlineExceededError, EngineDeadError, SequenceFailedError
from app.observability.metrics import Metrics
from app.service import text_stream
from app.service.requests import TextDelta, Usage
from app.service.stop_strings import StopStringScanner
from app.service.text_stream import TextStream

DEADLINE_S = 20


class Letters:
    """A decoder in which token n is the n-th letter, and 26 the first half of an é whose second half is 27."""

    def __init__(self) -> None:
        self._has_half = False

    def push(self, token_ids: Iterable[int]) -> str:
        text = ""
        for token_id in token_ids:
            self._has_half = token_id == 26
            text += "" if token_id == 26 else "é" if token_id == 27 else chr(97 + token_id)
        return text

    def flush(self) -> str:
        return "\ufffd" if self._has_half else ""


class Harness:
    """A stream with everything around it counted."""

    def __init__(self, stops: tuple[str, ...] = (), metrics: Metrics | None = None) -> None:
        self.metrics = metrics or Metrics()
        self.num_aborts = 0
        self.num_starts = 0
        self.num_ends = 0
        self.stream = TextStream(
            decoder=Letters(),
            scanner=StopStringScanner(stops),
            num_prompt_tokens=3,
            metrics=self.metrics,
            abort_work=self._abort,
            on_start=self._start,
            on_end=self._end,
        )

    def put(self, *token_ids: int, reason: FinishReason | None = None) -> None:
        self.stream.put(SequenceOutput("x", token_ids, reason, num_cached_tokens=2))

    async def next(self) -> TextDelta:
        return await asyncio.wait_for(anext(self.stream), DEADLINE_S)

    def outcomes(self, outcome: str) -> float:
        return self.metrics.value("unblocked_requests_finished_total", outcome=outcome)

    def _abort(self) -> None:
        self.num_aborts += 1

    def _start(self) -> None:
        self.num_starts += 1

    def _end(self) -> None:
        self.num_ends += 1


async def test_deltas_come_as_tokens_do_and_the_end_token_has_no_text() -> None:
    harness = Harness()
    harness.put(0)
    assert await harness.next() == TextDelta("a")
    harness.put(1)
    harness.put(2)
    assert await harness.next() == TextDelta("bc")
    harness.put(3, reason="stop")
    assert await harness.next() == TextDelta("", "stop", Usage(3, 4, 2))
    with pytest.raises(StopAsyncIteration):
        await harness.next()
    assert (harness.num_ends, harness.num_aborts, harness.outcomes("stop")) == (1, 0, 1)


async def test_a_length_stop_keeps_its_last_token_and_flushes_half_a_character() -> None:
    harness = Harness()
    harness.put(0, 26, reason="length")
    assert await harness.next() == TextDelta("a\ufffd", "length", Usage(3, 2, 2))


async def test_half_a_character_waits_for_its_other_half() -> None:
    harness = Harness()
    harness.put(26)
    waiting = asyncio.create_task(harness.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    harness.put(27)
    assert await waiting == TextDelta("é")


async def test_a_stop_string_across_tokens_ends_the_work_and_is_not_emitted() -> None:
    harness = Harness(stops=("bc",))
    harness.put(0)
    assert (await harness.next()).text == "a"
    harness.put(1)
    harness.put(2)
    harness.put(3)
    assert await harness.next() == TextDelta("", "stop", Usage(3, 4, 2))
    assert (harness.num_aborts, harness.num_ends, harness.outcomes("stop")) == (1, 1, 1)


async def test_text_held_back_for_a_stop_string_is_given_out_at_the_end() -> None:
    harness = Harness(stops=("bcd",))
    harness.put(0, 1, 2)
    assert (await harness.next()).text == "a"
    harness.put(5, reason="stop")
    assert await harness.next() == TextDelta("bc", "stop", Usage(3, 4, 2))


async def test_an_error_comes_after_the_text_that_was_generated() -> None:
    harness = Harness()
    harness.put(0)
    harness.stream.fail(EngineDeadError("gone"))
    assert (await harness.next()).text == "a"
    with pytest.raises(EngineDeadError):
        await harness.next()
    with pytest.raises(StopAsyncIteration):
        await harness.next()
    assert (harness.num_ends, harness.outcomes("error")) == (1, 1)


async def test_a_failed_sequence_raises_its_error() -> None:
    harness = Harness()
    harness.stream.put(SequenceOutput("x", finish_reason="error", error=SequenceFailedError("bad")))
    with pytest.raises(SequenceFailedError, match="bad"):
        await harness.next()


async def test_a_deadline_aborts_the_work_and_says_so() -> None:
    harness = Harness()
    harness.stream.expire_at(asyncio.get_running_loop().time())
    with pytest.raises(DeadlineExceededError):
        await harness.next()
    assert (harness.num_aborts, harness.num_ends, harness.outcomes("timeout")) == (1, 1, 1)


async def test_abort_is_idempotent_and_ends_iteration() -> None:
    harness = Harness()
    waiting = asyncio.create_task(harness.next())
    await asyncio.sleep(0)
    harness.stream.abort()
    harness.stream.abort()
    with pytest.raises(StopAsyncIteration):
        await waiting
    harness.put(0)
    assert (harness.num_aborts, harness.num_ends, harness.outcomes("cancelled")) == (1, 1, 1)


async def test_abort_after_the_end_changes_nothing() -> None:
    harness = Harness()
    harness.put(0, reason="length")
    await harness.next()
    harness.stream.abort()
    assert (harness.num_aborts, harness.num_ends, harness.outcomes("cancelled")) == (0, 1, 0)


async def test_a_reader_that_is_away_holds_ids_only_and_gets_them_in_pieces() -> None:
    harness = Harness()
    num_tokens = 100_000
    tracemalloc.start()
    try:
        for _ in range(num_tokens - 1):
            harness.put(1)
        snapshot = tracemalloc.take_snapshot()
    finally:
        tracemalloc.stop()
    files = [text_stream.__file__, __file__]  # other threads may be at work
    ours = snapshot.filter_traces([tracemalloc.Filter(True, file) for file in files])
    assert 0 < sum(trace.size for trace in ours.traces) < 16 * num_tokens
    harness.put(1, reason="length")
    sizes = [len(delta.text) async for delta in harness.stream]
    assert sum(sizes) == num_tokens
    assert max(sizes) <= 1000, "one delta would hold the event loop for too long"


async def test_an_answer_that_can_not_be_decoded_ends_its_work_as_an_error() -> None:
    harness = Harness()
    harness.put(-1_000)  # chr() of it raises
    with pytest.raises(ValueError, match="chr"):
        await harness.next()
    with pytest.raises(StopAsyncIteration):
        await harness.next()
    assert (harness.num_aborts, harness.num_ends, harness.outcomes("error")) == (1, 1, 1)


async def test_a_broken_meter_still_ends_the_stream() -> None:
    class Broken(Metrics):
        def request_finished(self, outcome: str) -> None:
            raise MemoryError

    harness = Harness(metrics=Broken())
    waiting = asyncio.create_task(harness.next())
    await asyncio.sleep(0)
    with pytest.raises(MemoryError):
        harness.put(0, reason="length")
    assert await asyncio.wait_for(waiting, DEADLINE_S) == TextDelta("a", "length", Usage(3, 1, 2))
    assert harness.num_ends == 1
