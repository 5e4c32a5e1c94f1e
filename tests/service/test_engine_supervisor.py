"""app/service/engine_supervisor.py: engines that die, and engines whose step never returns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from app.engine.llm_engine import LLMEngine
from app.engine.model_runner import ModelRunner
from app.engine.sampling_params import SamplingParams
from app.engine.scheduler import ScheduledBatch, Scheduler
from app.errors import EngineDeadError, EngineRestartingError, EngineStalledError
from app.service.text_stream import TextStream
from tests.engine.drive import make_engine
from tests.service.chat_harness import DEADLINE_S, Harness, in_step, read, running
from tests.service.fake_engine import FakeEngine


def broken_engine() -> FakeEngine:
    engine = FakeEngine([10] * 50)
    engine.broken = RuntimeError("boom")
    return engine


def stuck_engine() -> FakeEngine:
    engine = FakeEngine([10] * 50, max_num_seqs=1)
    engine.gate.clear()
    return engine


async def failed(harness: Harness) -> None:
    async with asyncio.timeout(DEADLINE_S):
        await harness.supervisor.wait_failed()


async def test_a_stalled_engine_ends_every_stream_with_an_error_and_is_given_up() -> None:
    engine = stuck_engine()
    async with running(engine, stall_s=0.2) as harness:
        streams = [await harness.open() for _ in range(4)]
        for stream in streams:
            with pytest.raises(EngineStalledError, match=r"0\.2 s"):
                await read(stream)
        await failed(harness)
        assert engine.in_step.is_set(), "the step has returned, so nothing was stuck"
        with pytest.raises(EngineDeadError):
            await harness.open()
        assert harness.admission.num_requests == 0
        assert harness.metrics.value("unblocked_sequences_waiting") == 0
        assert harness.metrics.value("unblocked_requests_refused_total", reason="engine_dead") == 1


class BuggyScheduler(Scheduler):
    """Decides two steps, and then has a bug."""

    num_steps = 0

    def schedule(self) -> ScheduledBatch:
        self.num_steps += 1
        if self.num_steps > 2:
            raise IndexError("a bug in the scheduler")
        return super().schedule()


class BuggyRunner(ModelRunner):
    """Can't copy a prefix."""

    def copy_prefixes(self, batch: ScheduledBatch) -> None:
        raise MemoryError


def engine_with_a_buggy_scheduler() -> LLMEngine:
    good = make_engine(max_num_seqs=4)
    return LLMEngine(
        good.runner, BuggyScheduler(good.scheduler.cache, max_num_seqs=4, max_num_batched_tokens=64), good.info
    )


def engine_that_can_not_copy() -> LLMEngine:
    good = make_engine(max_num_seqs=4)
    return LLMEngine(BuggyRunner(good.runner.model, good.runner.kv), good.scheduler, good.info)


@pytest.mark.parametrize("make", [engine_with_a_buggy_scheduler, engine_that_can_not_copy])
async def test_a_bug_outside_the_model_ends_every_stream_typed_and_the_engine_for_good(
    make: Callable[[], LLMEngine],
) -> None:
    async with running(make(), max_requests=20) as harness:
        streams = [await harness.open(max_tokens=9, params=SamplingParams(ignore_eos=True)) for _ in range(8)]
        for stream in streams:
            with pytest.raises(EngineDeadError):
                await read(stream)
        await failed(harness)
        with pytest.raises(EngineDeadError):  # by the same check /readyz is red
            harness.supervisor.check()
        assert harness.admission.num_requests == 0
        assert harness.metrics.value("unblocked_sequences_running") == 0


async def test_a_long_but_finite_step_is_no_stall() -> None:
    engine = stuck_engine()
    async with running(engine, stall_s=3.0) as harness:
        stream = await harness.open(max_tokens=2)
        await in_step(engine)
        engine.gate.set()
        assert await read(stream) == "kk"


@pytest.mark.parametrize("make", [broken_engine, stuck_engine])
async def test_a_failed_engine_is_built_anew_once_and_serves_again(make: Callable[[], FakeEngine]) -> None:
    engines = [make(), FakeEngine([10] * 50), make()]
    async with running(*engines, stall_s=0.2, failure="rebuild") as harness:
        with pytest.raises(EngineDeadError):
            await read(await harness.open())
        stream = await opened(harness)
        assert await read(stream) == "kkkk"
        assert harness.metrics.value("unblocked_engine_rebuilds_total") == 1
        assert not engines[0].threads & engines[1].threads, "the new engine runs on the thread of the old one"
        engines[1].broken = RuntimeError("again")
        with pytest.raises(EngineDeadError):
            await read(await harness.open())
        await failed(harness)
        assert engines[2].log == []


async def test_an_engine_that_can_not_be_built_again_is_given_up() -> None:
    async with running(broken_engine(), failure="rebuild") as harness:
        with pytest.raises(EngineDeadError):
            await read(await harness.open())
        await failed(harness)
        with pytest.raises(EngineDeadError):
            await harness.open()


async def test_closing_does_not_wait_for_a_step_that_never_returns() -> None:
    engine = stuck_engine()
    async with running(engine) as harness:
        stream = await harness.open()
        await in_step(engine)
        async with asyncio.timeout(DEADLINE_S):
            await harness.supervisor.close()
        with pytest.raises(EngineDeadError):
            await read(stream)
        assert engine.in_step.is_set()


async def opened(harness: Harness) -> TextStream:
    """Open as soon as the engine is there again."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            try:
                return await harness.open()
            except (EngineRestartingError, EngineDeadError):
                await asyncio.sleep(0)
