"""Thousands of faults at every stage of a request: each ends its own request, and nothing is left behind."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable

import pytest

from app.engine.llm_engine import LLMEngine
from app.engine.protocol import Engine, EngineInfo
from app.engine.sampling_params import SamplingParams
from app.errors import SequenceFailedError
from app.service.faults import FaultInjection, FaultPlan
from tests.engine.drive import check, make_engine
from tests.service.chat_harness import Harness, read, running
from tests.service.fake_engine import FakeEngine

DEADLINE_S = 120
NUM_CLIENTS = 24
SERVICE_STAGES = {
    *("admit", "estimate", "render", "tokenize", "add", "added", "detokenize", "flush", "stop_scan", "send"),
}
MODEL_STAGES = {"prefill", "decode", "sample", "not_finite"}
NO_END = SamplingParams(ignore_eos=True)


class Crowd:
    """Clients that ask one after another, and what became of each request."""

    def __init__(self, harness: Harness, plan: FaultPlan, *, num_requests: int) -> None:
        self.harness = harness
        self.plan = plan
        self.left = num_requests
        self.outcomes: Counter[str] = Counter()

    async def run(self) -> None:
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.gather(*(self._client() for _ in range(NUM_CLIENTS)))

    async def _client(self) -> None:
        while self.left:
            self.left -= 1
            await asyncio.sleep(0)
            try:
                await self._ask()
            except SequenceFailedError:
                self.outcomes["typed"] += 1
            except Exception as error:
                self.outcomes["on purpose" if "on purpose" in str(error) else repr(error)] += 1
            else:
                self.outcomes["whole"] += 1

    async def _ask(self) -> None:
        stream = await self.harness.open(max_tokens=4, words=1 + self.left % 9, stop=("zzzzz",), params=NO_END)
        try:
            async for _ in stream:
                self.plan.strike("send")
        finally:
            stream.abort()
        assert stream.usage.num_completion_tokens == 4


def model_engine() -> LLMEngine:
    return make_engine(max_num_seqs=8, max_num_batched_tokens=64)


@pytest.mark.parametrize(
    ("make", "num_requests", "stages"),
    [
        (model_engine, 500, SERVICE_STAGES | MODEL_STAGES),
        (lambda: FakeEngine([10] * 50), 8000, SERVICE_STAGES),
    ],
    ids=["a model", "many more, without one"],
)
async def test_every_fault_ends_its_own_request_and_leaves_nothing_behind(
    make: Callable[[], Engine], num_requests: int, stages: set[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL + 1, "app")  # each fault is logged with its traceback, by design
    engine, plan = make(), FaultPlan(0.1)
    async with running(engine, wrapping=FaultInjection(plan), timeout_s=3600.0) as harness:  # slow machines refuse none
        crowd = Crowd(harness, plan, num_requests=num_requests)
        await crowd.run()
        await harness.finished()
        await idle(harness)

        assert {stage for stage, num in plan.num_faults.items() if num} == stages
        assert plan.num_faults.total() > 0.7 * num_requests
        assert crowd.outcomes.keys() == {"whole", "typed", "on purpose"}
        assert crowd.outcomes.total() == num_requests
        for gauge in ("accepted_requests", "accepted_tokens", "sequences_running", "sequences_waiting"):
            assert harness.metrics.value(f"unblocked_{gauge}") == 0, gauge
        assert not engine.has_work()
        check(engine)

        plan.rate = 0.0
        assert len(await read(await harness.open(max_tokens=4, params=NO_END))) == 4


async def idle(harness: Harness) -> None:
    """Wait until the runner has told the engine of everyone who left."""
    gauges = "unblocked_sequences_running", "unblocked_sequences_waiting"
    async with asyncio.timeout(DEADLINE_S):
        while any(map(harness.metrics.value, gauges)):
            await asyncio.to_thread(lambda: None)


def test_the_same_seed_fails_the_same_calls() -> None:
    plans = [FaultPlan(0.3, seed=seed) for seed in (1, 1, 2)]
    first, same, other = ([plan.hits("x") for _ in range(200)] for plan in plans)
    assert first == same != other


def test_every_fault_is_reported_with_its_stage() -> None:
    stages: list[str] = []
    plan = FaultPlan(0.3, on_fault=stages.append)
    num_hits = sum(plan.hits("x") for _ in range(200))
    assert stages == ["x"] * num_hits != []


def test_a_rate_of_0_fails_nothing() -> None:
    plan = FaultPlan(0.0)
    assert not any(plan.hits("x") for _ in range(1000))


def test_an_engine_of_another_kind_is_wrapped_as_well() -> None:
    engine = FaultInjection(FaultPlan(0.0)).engine(FakeEngine())
    assert isinstance(engine.info, EngineInfo)
