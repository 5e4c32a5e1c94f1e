"""Tokens are counted and timed right, against an engine and a clock that do as the test says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from app.engine.protocol import EngineInfo, EngineRequest, EngineStats, FinishReason, SequenceOutput, StepOutput
from app.errors import SequenceFailedError
from load.bench.engine_bench import BenchError, loaded_engine, measure, run
from load.bench.saved_model import save_random_model
from load.bench.serving import Serving
from load.bench.shapes import SHAPES
from load.bench.timing import RequestTrace
from load.bench.workload import Workload

CPU = torch.device("cpu")


class FakeEngine:
    """Reads one prompt a step, and decodes all others; a step takes a second of its own clock."""

    def __init__(self, *, tokens_at_once: int = 1, short_by: int = 0) -> None:
        self.now = 0.0
        self.added: list[EngineRequest] = []
        self.num_most = 0
        self._made: dict[str, int] = {}
        self._running: dict[str, EngineRequest] = {}
        self._tokens_at_once = tokens_at_once
        self._short_by = short_by

    @property
    def info(self) -> EngineInfo:
        return EngineInfo("batched", 100, 1000, 8, frozenset(), "cpu", "bfloat16")

    def add(self, request: EngineRequest) -> None:
        self.added.append(request)
        self._running[request.request_id] = request
        self.num_most = max(self.num_most, len(self._running))

    def abort(self, request_id: str) -> None:
        self._running.pop(request_id, None)

    def has_work(self) -> bool:
        return bool(self._running)

    def step(self) -> StepOutput:
        self.now += 1.0
        unread = [name for name in self._running if name not in self._made]
        outputs = [self._advance(name) for name in list(self._running) if name not in unread[1:]]
        return StepOutput(tuple(outputs))

    def stats(self) -> EngineStats:
        return EngineStats()

    def close(self) -> None:
        self._running.clear()

    def _advance(self, name: str) -> SequenceOutput:
        wanted = self._running[name].params.max_tokens - self._short_by
        count = min(self._tokens_at_once, wanted - self._made.get(name, 0))
        self._made[name] = self._made.get(name, 0) + count
        reason: FinishReason | None = None
        if self._made[name] >= wanted:
            reason = "length"
            del self._running[name], self._made[name]
        return SequenceOutput(name, (7,) * count, reason)


class BrokenEngine(FakeEngine):
    def step(self) -> StepOutput:
        return StepOutput((SequenceOutput("0", (), "error", error=SequenceFailedError("no")),))


def clock_of(engine: FakeEngine) -> Callable[[], float]:
    return lambda: engine.now


def test_a_token_comes_when_the_step_that_brought_it_returned() -> None:
    engine = FakeEngine()
    traces = run(engine, [[1, 2], [3, 4]], num_seqs=2, output_len=3, clock=clock_of(engine))
    assert traces == [RequestTrace(0.0, (1.0, 2.0, 3.0)), RequestTrace(0.0, (2.0, 3.0, 4.0))]


def test_several_tokens_of_one_step_all_count() -> None:
    engine = FakeEngine(tokens_at_once=2)
    traces = run(engine, [[1]], num_seqs=1, output_len=5, clock=clock_of(engine))
    assert traces == [RequestTrace(0.0, (1.0, 1.0, 2.0, 2.0, 3.0))]


def test_a_client_asks_again_when_its_answer_is_complete_and_no_prompt_is_lost() -> None:
    engine = FakeEngine()
    prompts = [[place] for place in range(7)]
    traces = run(engine, prompts, num_seqs=3, output_len=2, clock=clock_of(engine))
    assert [list(request.prompt_token_ids) for request in engine.added] == prompts
    assert engine.num_most == 3
    assert [trace.asked for trace in traces[:3]] == [0.0, 0.0, 0.0]
    assert traces[3].asked == traces[0].moments[-1]


def test_requests_are_greedy_and_of_a_fixed_length() -> None:
    engine = FakeEngine()
    run(engine, [[1]], num_seqs=1, output_len=2)
    (request,) = engine.added
    assert request.params.is_greedy
    assert request.params.ignore_eos
    assert request.params.max_tokens == 2


def test_a_short_answer_is_an_error() -> None:
    with pytest.raises(BenchError, match="lengths came out as"):
        run(FakeEngine(short_by=1), [[1]], num_seqs=1, output_len=3)


def test_a_failed_request_is_an_error() -> None:
    with pytest.raises(BenchError, match="no"):
        run(BrokenEngine(), [[1]], num_seqs=1, output_len=3)


def test_every_repetition_has_prompts_of_its_own() -> None:
    engine = FakeEngine()
    found = measure(engine, Workload(2, 6, 3, num_rounds=2), num_repeats=3, device=CPU)
    assert len(found.runs) == 3
    assert found.peak_memory_bytes
    asked = [tuple(request.prompt_token_ids) for request in engine.added]
    assert len(asked) == 4 + 3 * (2 + 4)  # warm-up, then the prompts alone and the workload
    assert len(set(asked)) == len(asked)


def test_the_engine_is_the_services_batched_one(tmp_path: Path) -> None:
    save_random_model(SHAPES["tiny"], tmp_path)
    num_threads = torch.get_num_threads()
    with loaded_engine(
        tmp_path,
        Serving("cpu", num_threads=num_threads, max_num_seqs=4, max_num_batched_tokens=32, max_model_len=64),
    ) as engine:
        assert (engine.info.kind, engine.info.max_num_seqs) == ("batched", 4)
        found = measure(engine, Workload(3, 20, 8), num_repeats=1, device=CPU)
    (only,) = found.runs
    assert only.timing.rate > 0
    assert only.timing.decode_rate is not None
    assert only.prefill_rate is not None
