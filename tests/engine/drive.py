"""Run engines step by step in tests: collects the answers and checks the cache's books after every step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from app.engine.factory import EngineOptions, engine_around
from app.engine.llm_engine import LLMEngine
from app.engine.protocol import Engine, EngineRequest, SequenceOutput, StepOutput
from app.engine.sampling_params import SamplingParams
from app.engine.scheduler import ScheduledBatch
from tests.engine.tiny_models import copy_model

MAX_STEPS = 2000


@dataclass
class Answer:
    """All that an engine said about one request."""

    token_ids: list[int] = field(default_factory=list)
    finish_reason: str | None = None
    num_cached_tokens: int = 0
    error: Exception | None = None

    def take(self, output: SequenceOutput) -> None:
        assert self.finish_reason is None, "news about a request that is over"
        self.token_ids += output.new_token_ids
        self.finish_reason = output.finish_reason
        self.num_cached_tokens = output.num_cached_tokens
        self.error = output.error


class Drive:
    """An engine and the answers of everything that was added to it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.answers: dict[str, Answer] = {}

    def add(self, request_id: str, prompt: Sequence[int], params: SamplingParams, scope: str = "") -> None:
        self.engine.add(EngineRequest(request_id, prompt, params, scope))
        self.answers[request_id] = Answer()

    def abort(self, request_id: str) -> None:
        self.engine.abort(request_id)
        check(self.engine)

    def step(self) -> StepOutput:
        output = self.engine.step()
        check(self.engine)
        for news in output.sequences:
            self.answers[news.request_id].take(news)
        return output

    def finish(self) -> dict[str, Answer]:
        """Step until nothing is left to do."""
        for _ in range(MAX_STEPS):
            if not self.engine.has_work():
                return self.answers
            self.step()
        raise AssertionError(f"not done after {MAX_STEPS} steps: {self.engine!r}")


def check(engine: Engine) -> None:
    if isinstance(engine, LLMEngine):
        engine.scheduler.cache.check()


def greedy_params(max_tokens: int, **others: Any) -> SamplingParams:
    return SamplingParams(**{"max_tokens": max_tokens, "temperature": 0.0, "ignore_eos": True, **others})


def make_engine(architecture: str = "llama", *, model: Any = None, **options: Any) -> LLMEngine:
    """A batched engine around a copy of a tiny model; tight limits, so that a few prompts fill it.

    Steps don't depend on how fast the machine is.
    """
    limits = {"max_num_seqs": 4, "max_num_batched_tokens": 7, "max_model_len": 128, "max_prefill_s": None}
    settings = {**limits, "kind": "batched", **options}
    engine = engine_around(copy_model(architecture) if model is None else model, EngineOptions("tiny", **settings))
    assert isinstance(engine, LLMEngine)
    return engine


def answer_alone(engine: Engine, prompt: Sequence[int], params: SamplingParams) -> Answer:
    drive = Drive(engine)
    drive.add("alone", prompt, params)
    return drive.finish()["alone"]


class WatchedRunner:
    """Stands before a model runner: keeps every batch with its logits, and fails on demand.

    `poison`: a batch that holds a sequence of one of these request ids raises; `spoil`: its logits become NaN.
    `late`: what the device says of the next batch that is waited for.
    """

    def __init__(self, engine: LLMEngine) -> None:
        self._inner = engine.runner
        self.batches: list[ScheduledBatch] = []
        self.logits: list[tuple[str, int, torch.Tensor]] = []  # request id, position, [vocab]
        self.poison: dict[str, Exception] = {}
        self.spoil: set[str] = set()
        self.num_waits = 0
        self.late: Exception | None = None
        engine.runner = self  # type: ignore[assignment]

    def forward(self, batch: ScheduledBatch) -> torch.Tensor:
        self.batches.append(batch)
        for item in batch.sequences:
            if (error := self.poison.get(item.sequence.request.request_id)) is not None:
                raise error
        logits = self._inner.forward(batch).clone()  # an inference tensor takes no changes here
        for row, item in enumerate(item for item in batch.sequences if item.is_sampled):
            name = item.sequence.request.request_id
            if name in self.spoil:
                logits[row] = float("nan")
            self.logits.append((name, item.start + item.num_tokens - 1, logits[row].clone()))
        return logits

    def wait(self) -> None:
        self.num_waits += 1
        self._inner.wait()
        late, self.late = self.late, None
        if late is not None:
            raise late

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
