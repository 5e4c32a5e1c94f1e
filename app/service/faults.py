"""Faults on purpose: wrappers around what a request passes through, which fail by a seeded plan. For tests and storms.

They are the only way in which this project breaks itself: the parts are given to their owners wrapped, so nothing that
serves knows of them. A fault in `step` as a whole would end the engine; here it strikes inside, as a model's would.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from app.engine.llm_engine import LLMEngine
from app.engine.model_runner import ModelRunner
from app.engine.protocol import Engine, EngineInfo, EngineRequest, EngineStats, StepOutput
from app.engine.scheduler import ScheduledBatch
from app.service.admission import Permit
from app.service.chat_parts import AdmissionLike, ChatEncoder
from app.service.text_stream import StopScanner, TextDecoder
from app.service.wrapping import Wrapping

_KINDS: tuple[Callable[[str], Exception], ...] = (
    RuntimeError, ValueError, KeyError, OSError, MemoryError, torch.OutOfMemoryError
)  # fmt: skip


class FaultPlan:
    """Decides by chance, from a seed, which call fails and how. Thread: any. A `rate` of 0 never fails anything.

    `on_fault` is told the stage of each.
    """

    def __init__(self, rate: float, *, seed: int = 0, on_fault: Callable[[str], None] = lambda stage: None) -> None:
        self.rate = rate
        self._on_fault = on_fault
        self.num_faults: Counter[str] = Counter()  # by stage; guarded by the lock
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def hits(self, stage: str) -> bool:
        """Whether this call is to fail."""
        with self._lock:
            is_hit = self._random.random() < self.rate
            self.num_faults[stage] += is_hit
        if is_hit:
            self._on_fault(stage)
        return is_hit

    def strike(self, stage: str) -> None:
        """Raise something, if this call is to fail."""
        if self.hits(stage):
            raise self._random.choice(_KINDS)(f"a fault on purpose, in {stage}")


class FaultInjection(Wrapping):
    """Wraps every part by one plan."""

    def __init__(self, plan: FaultPlan) -> None:
        self._plan = plan

    def admission(self, admission: AdmissionLike) -> AdmissionLike:
        return FaultyAdmission(admission, self._plan)

    def encoder(self, encoder: ChatEncoder) -> ChatEncoder:
        return FaultyEncoder(encoder, self._plan)

    def engine(self, engine: Engine) -> Engine:
        return FaultyEngine(engine, self._plan)

    def decoder(self, decoder: TextDecoder) -> TextDecoder:
        return FaultyDecoder(decoder, self._plan)

    def scanner(self, scanner: StopScanner) -> StopScanner:
        return FaultyScanner(scanner, self._plan)


class FaultyAdmission:
    """Fails before it reserves."""

    def __init__(self, admission: AdmissionLike, plan: FaultPlan) -> None:
        self._admission = admission
        self._plan = plan

    @property
    def num_requests(self) -> int:
        return self._admission.num_requests

    @property
    def num_tokens(self) -> int:
        return self._admission.num_tokens

    @property
    def max_requests(self) -> int:
        return self._admission.max_requests

    def reserve(self, num_tokens: int, *, owner: str = "") -> Permit:
        self._plan.strike("admit")
        return self._admission.reserve(num_tokens, owner=owner)

    def check(self, num_tokens: int = 1, *, owner: str = "") -> None:
        self._admission.check(num_tokens, owner=owner)

    def num_tokens_ahead(self, num_tokens: int = 0, *, owner: str = "") -> int:
        self._plan.strike("estimate")
        return self._admission.num_tokens_ahead(num_tokens, owner=owner)

    def holds_less(self, owner: str) -> bool:
        return self._admission.holds_less(owner)

    def retry_after_s(self) -> float:
        return self._admission.retry_after_s()


class FaultyEncoder:
    """Fails before and after the template is rendered and the prompt encoded."""

    def __init__(self, encoder: ChatEncoder, plan: FaultPlan) -> None:
        self._encoder = encoder
        self._plan = plan

    async def encode_prompts(self, texts: Sequence[str]) -> list[list[int]]:
        self._plan.strike("tokenize")
        return await self._encoder.encode_prompts(texts)

    async def encode_chat(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        template_kwargs: Mapping[str, Any] | None = None,
    ) -> list[int]:
        self._plan.strike("render")
        token_ids = await self._encoder.encode_chat(messages, tools=tools, template_kwargs=template_kwargs)
        self._plan.strike("tokenize")
        return token_ids


class FaultyEngine:
    """Fails before and after a request is taken. Implements app.engine.protocol.Engine."""

    def __init__(self, engine: Engine, plan: FaultPlan) -> None:
        self._engine = engine
        self._plan = plan
        if isinstance(engine, LLMEngine):
            engine.runner = FaultyRunner(engine.runner, plan)

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    def add(self, request: EngineRequest) -> None:
        self._plan.strike("add")
        self._engine.add(request)
        self._plan.strike("added")

    def abort(self, request_id: str) -> None:
        self._engine.abort(request_id)

    def has_work(self) -> bool:
        return self._engine.has_work()

    def step(self) -> StepOutput:
        return self._engine.step()

    def stats(self) -> EngineStats:
        return self._engine.stats()

    def close(self) -> None:
        self._engine.close()


class FaultyRunner(ModelRunner):
    """Fails in the model (prefill or decode), where the sampler would, and by logits that are not finite."""

    def __init__(self, runner: ModelRunner, plan: FaultPlan) -> None:
        super().__init__(runner.model, runner.kv)
        self._plan = plan

    def forward(self, batch: ScheduledBatch) -> torch.Tensor:
        self._plan.strike("prefill" if any(item.num_tokens > 1 for item in batch.sequences) else "decode")
        logits = super().forward(batch)
        self._plan.strike("sample")
        if len(logits) and self._plan.hits("not_finite"):
            logits = logits.clone()  # an inference tensor takes no changes here
            logits[0] = float("nan")
        return logits


class FaultyDecoder:
    """Fails while ids become text."""

    def __init__(self, decoder: TextDecoder, plan: FaultPlan) -> None:
        self._decoder = decoder
        self._plan = plan

    def push(self, token_ids: tuple[int, ...]) -> str:
        self._plan.strike("detokenize")
        return self._decoder.push(token_ids)

    def flush(self) -> str:
        self._plan.strike("flush")
        return self._decoder.flush()


class FaultyScanner:
    """Fails while stop strings are looked for."""

    def __init__(self, scanner: StopScanner, plan: FaultPlan) -> None:
        self._scanner = scanner
        self._plan = plan

    def push(self, text: str) -> tuple[str, bool]:
        self._plan.strike("stop_scan")
        return self._scanner.push(text)

    def flush(self) -> str:
        return self._scanner.flush()
