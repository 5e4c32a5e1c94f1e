from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from app.concurrency.lanes import LanedExecutor, use_lane
from app.engine.protocol import EngineRequest, SequenceOutput
from app.engine.sampling_params import SamplingParams
from app.errors import DeadlineExceededError, EngineDeadError, SequenceFailedError, UnblockedError
from app.observability.metrics import Metrics
from app.service.engine_runner import EngineRunner
from tests.service.fake_engine import FakeEngine

DEADLINE_S = 20


class Sink:
    """Collects what the runner delivers."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.error: UnblockedError | None = None
        self.num_starts = 0
        self.first_token = asyncio.Event()
        self.end = asyncio.Event()

    def start(self) -> None:
        self.num_starts += 1

    def put(self, output: SequenceOutput) -> None:
        self.tokens += output.new_token_ids
        self.first_token.set()
        if output.finish_reason is not None:
            self.end.set()

    def fail(self, error: UnblockedError) -> None:
        self.error = error
        self.end.set()


def request(name: str) -> EngineRequest:
    return EngineRequest(name, [5, 6], SamplingParams())


@pytest.fixture
async def executor() -> AsyncIterator[LanedExecutor]:
    executor = LanedExecutor(2)
    asyncio.get_running_loop().set_default_executor(executor)
    yield executor
    executor.shutdown()


@pytest.fixture
async def runner(executor: LanedExecutor) -> AsyncIterator[tuple[EngineRunner, FakeEngine]]:
    engine = FakeEngine()
    runner = EngineRunner(engine, Metrics())
    runner.start()
    yield runner, engine
    engine.gate.set()
    await asyncio.wait_for(runner.close(), DEADLINE_S)
    assert engine.is_closed


async def wait_for_step(engine: FakeEngine) -> None:
    assert await asyncio.to_thread(engine.in_step.wait, DEADLINE_S)


async def test_every_request_gets_all_its_tokens(runner: tuple[EngineRunner, FakeEngine]) -> None:
    sinks = [Sink() for _ in range(20)]
    for i, sink in enumerate(sinks):
        runner[0].submit(request(str(i)), sink)
    await asyncio.wait_for(asyncio.gather(*(sink.end.wait() for sink in sinks)), DEADLINE_S)
    assert [sink.tokens for sink in sinks] == [[10, 11, 12, 2]] * 20


async def test_all_steps_run_on_one_thread_even_when_the_shared_threads_are_busy(
    runner: tuple[EngineRunner, FakeEngine],
) -> None:
    release = threading.Event()
    blockers = [asyncio.create_task(asyncio.to_thread(release.wait, DEADLINE_S)) for _ in range(8)]
    for name in "abc":
        sink = Sink()
        runner[0].submit(request(name), sink)
        await asyncio.wait_for(sink.end.wait(), DEADLINE_S)
    release.set()
    await asyncio.gather(*blockers)
    assert len(runner[1].threads) == 1
    assert runner[1].threads != {threading.get_ident()}


async def test_the_loop_is_free_while_a_step_runs(runner: tuple[EngineRunner, FakeEngine]) -> None:
    engine = runner[1]
    engine.gate.clear()
    runner[0].submit(request("a"), Sink())
    await wait_for_step(engine)
    for _ in range(1000):
        await asyncio.sleep(0)
    assert engine.in_step.is_set(), "the step ended before the loop had turned a thousand times"


async def test_the_engine_goes_on_while_the_loop_is_busy_but_not_far(executor: LanedExecutor) -> None:
    engine, sink = FakeEngine(script=[10] * 1000), Sink()
    runner = EngineRunner(engine, Metrics())
    num_steps: list[int] = []

    def count_steps() -> int:
        return sum(entry.startswith("step") for entry in list(engine.log))

    def put(output: SequenceOutput) -> None:
        """Hold the loop until the engine's thread has come to the end of its run of steps, and is free for a call."""
        with use_lane("engine"):
            num_steps.append(executor.submit(count_steps).result(DEADLINE_S))
        runner.abort("a")
        sink.end.set()

    sink.put = put  # type: ignore[method-assign]
    runner.start()
    runner.submit(request("a"), sink)
    async with asyncio.timeout(DEADLINE_S):
        await sink.end.wait()
        await runner.close()
    assert 1 < num_steps[0] <= 5


async def test_an_abort_during_a_step_is_applied_before_the_next(runner: tuple[EngineRunner, FakeEngine]) -> None:
    engine, sink = runner[1], Sink()
    engine.gate.clear()
    runner[0].submit(request("a"), sink)
    await wait_for_step(engine)
    runner[0].abort("a")
    runner[0].abort("a")
    other = Sink()
    runner[0].submit(request("b"), other)
    engine.gate.set()
    await asyncio.wait_for(other.end.wait(), DEADLINE_S)
    assert engine.log[:4] == ["add a", "step a", "abort a", "add b"]
    assert all("a" not in entry.split()[1:] for entry in engine.log[4:])
    assert sink.tokens == []


async def test_a_request_aborted_before_it_began_takes_part_in_no_step(
    runner: tuple[EngineRunner, FakeEngine],
) -> None:
    engine = runner[1]
    runner[0].submit(request("a"), Sink())
    runner[0].abort("a")
    other = Sink()
    runner[0].submit(request("b"), other)
    await asyncio.wait_for(other.end.wait(), DEADLINE_S)
    assert not any("a" in entry.split()[1:] for entry in engine.log if entry.startswith("step"))


async def test_a_dying_engine_fails_every_request_and_refuses_new_ones(
    runner: tuple[EngineRunner, FakeEngine],
) -> None:
    engine, sinks = runner[1], [Sink(), Sink()]
    engine.broken = RuntimeError("boom")
    for i, sink in enumerate(sinks):
        runner[0].submit(request(str(i)), sink)
    await asyncio.wait_for(asyncio.gather(*(sink.end.wait() for sink in sinks)), DEADLINE_S)
    assert all(isinstance(sink.error, EngineDeadError) for sink in sinks)
    with pytest.raises(EngineDeadError, match="RuntimeError"):
        runner[0].submit(request("late"), Sink())


class HalfTaking(FakeEngine):
    """Takes a request called "bad" and then fails."""

    def add(self, request: EngineRequest) -> None:
        super().add(request)
        if request.request_id == "bad":
            raise MemoryError


async def test_a_request_that_fails_while_it_is_handed_over_is_taken_back_and_ends_alone(
    executor: LanedExecutor,
) -> None:
    engine, bad, good = HalfTaking(), Sink(), Sink()
    runner = EngineRunner(engine, Metrics())
    runner.start()
    runner.submit(request("bad"), bad)
    runner.submit(request("good"), good)
    async with asyncio.timeout(DEADLINE_S):
        await asyncio.gather(bad.end.wait(), good.end.wait())
        await runner.close()
    assert isinstance(bad.error, SequenceFailedError)
    assert good.tokens == [10, 11, 12, 2]
    assert not any("bad" in entry.split() for entry in engine.log if entry.startswith("step"))


async def test_a_stream_that_can_not_take_its_token_ends_alone(runner: tuple[EngineRunner, FakeEngine]) -> None:
    class Full(Sink):
        def put(self, output: SequenceOutput) -> None:
            raise MemoryError

    bad, good = Full(), Sink()
    runner[1].script = [10, 11, 12, *[13] * 100, 2]  # longer than the engine may be ahead
    runner[0].submit(request("bad"), bad)
    runner[0].submit(request("good"), good)
    await asyncio.wait_for(asyncio.gather(bad.end.wait(), good.end.wait()), DEADLINE_S)
    assert isinstance(bad.error, SequenceFailedError)
    assert good.tokens == [10, 11, 12, *[13] * 100, 2][: len(good.tokens)]
    assert good.error is None
    assert "abort bad" in runner[1].log


async def test_closing_fails_what_is_unfinished(executor: LanedExecutor) -> None:
    engine, sink = FakeEngine(script=[10] * 1000), Sink()
    runner = EngineRunner(engine, Metrics())
    runner.start()
    runner.submit(request("a"), sink)
    await asyncio.wait_for(sink.first_token.wait(), DEADLINE_S)
    await asyncio.wait_for(runner.close(), DEADLINE_S)
    assert isinstance(sink.error, EngineDeadError)
    assert engine.is_closed


async def test_a_request_whose_time_is_over_when_its_turn_comes_never_reaches_the_engine(
    runner: tuple[EngineRunner, FakeEngine],
) -> None:
    late, other = Sink(), Sink()
    runner[0].submit(request("late"), late, start_by=asyncio.get_running_loop().time)
    runner[0].submit(request("b"), other)
    await asyncio.wait_for(asyncio.gather(late.end.wait(), other.end.wait()), DEADLINE_S)
    assert isinstance(late.error, DeadlineExceededError)
    assert late.num_starts == 0
    assert "add late" not in runner[1].log
