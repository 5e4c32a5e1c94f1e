"""An engine without a model: each step gives every request its next token, and can be held back or broken."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence

from app.engine.protocol import EngineInfo, EngineRequest, EngineStats, FinishReason, SequenceOutput, StepOutput
from app.errors import EngineError

INFO = EngineInfo("batched", 1000, 64, 8, frozenset({2}), "cpu", "float32")


class FakeEngine:
    """Implements app.engine.protocol.Engine. Answers with `script`, then with the end token 2; stops at max_tokens.

    `gate`: cleared, a step waits in its thread until it is set. `log`: what happened, in order. `requests`: all that
    came. `threads`: the ids of the threads that stepped. `failing`: ends the next sequence that is asked for a token.
    """

    def __init__(self, script: Sequence[int] = (10, 11, 12, 2), *, max_num_seqs: int = 8) -> None:
        self.info = dataclasses.replace(INFO, max_num_seqs=max_num_seqs)
        self.script = list(script)
        self.gate = threading.Event()
        self.gate.set()
        self.in_step = threading.Event()
        self.log: list[str] = []
        self.threads: set[int] = set()
        self.requests: list[EngineRequest] = []
        self.broken: Exception | None = None
        self.failing: EngineError | None = None
        self.is_closed = False
        self._progress: dict[str, int] = {}
        self._max_tokens: dict[str, int] = {}

    def add(self, request: EngineRequest) -> None:
        assert not self.in_step.is_set(), "the loop touched the engine during a step"
        self.log.append(f"add {request.request_id}")
        self.requests.append(request)
        self._progress[request.request_id] = 0
        self._max_tokens[request.request_id] = request.params.max_tokens

    def abort(self, request_id: str) -> None:
        assert not self.in_step.is_set(), "the loop touched the engine during a step"
        self.log.append(f"abort {request_id}")
        self._progress.pop(request_id, None)

    def has_work(self) -> bool:
        return bool(self._progress)

    def step(self) -> StepOutput:
        self.in_step.set()
        try:
            self.threads.add(threading.get_ident())
            assert self.gate.wait(timeout=30), "nobody opened the gate"
            self.log.append("step " + " ".join(self._progress))
            if self.broken is not None:
                raise self.broken
            return StepOutput(tuple(self._next(name) for name in list(self._progress)), stats=self.stats())
        finally:
            self.in_step.clear()

    def stats(self) -> EngineStats:
        return EngineStats(num_running=len(self._progress))

    def close(self) -> None:
        self.is_closed = True

    def _next(self, request_id: str) -> SequenceOutput:
        if self.failing is not None:
            error, self.failing = self.failing, None
            del self._progress[request_id]
            return SequenceOutput(request_id, (), "error", error=error)
        place = self._progress[request_id]
        token_id = self.script[place] if place < len(self.script) else 2
        self._progress[request_id] += 1
        reason: FinishReason | None = "stop" if token_id == 2 else None
        if reason is None and self._progress[request_id] == self._max_tokens[request_id]:
            reason = "length"
        if reason is not None:
            del self._progress[request_id]
        return SequenceOutput(request_id, (token_id,), reason, num_cached_tokens=1)
