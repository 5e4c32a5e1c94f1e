"""Drives an engine from the event loop: the heart of the service.

Ownership of the engine alternates, so it needs no locks. Between two steps the loop owns it and applies what has been
asked meanwhile; during a step its thread owns it and nobody else may touch it. The output of step n is delivered
while step n+1 runs.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Protocol

from app.concurrency.lanes import use_lane
from app.engine.protocol import Engine, EngineRequest, EngineStats, SequenceOutput, StepOutput
from app.errors import EngineDeadError, EngineError, InvalidRequestError, SequenceFailedError
from app.observability.metrics import Metrics

logger = logging.getLogger(__name__)


class TokenSink(Protocol):
    """Where a request's tokens go. Both calls are quick and come on the event loop."""

    def put(self, output: SequenceOutput) -> None: ...

    def fail(self, error: EngineError) -> None: ...


class EngineRunner:
    """Feeds an engine, steps it on its own thread, and hands its output to the sinks.

    Thread: the event loop's. All steps run through `asyncio.to_thread` on one lane of the default executor, which is
    one thread: torch's OpenMP team, compiled graphs and CUDA graphs belong to the thread that made them.
    """

    def __init__(self, engine: Engine, metrics: Metrics, *, lane: str = "engine") -> None:
        self._engine = engine  # owned by the loop, but during a step by the lane's thread
        self._metrics = metrics
        self._lane = lane
        self._sinks: dict[str, TokenSink] = {}
        self._added: list[EngineRequest] = []
        self._aborted: list[str] = []
        self._has_news = asyncio.Event()
        self._is_closing = False
        self._death: EngineDeadError | None = None
        self._step_started_s: float | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to run. Needs a running event loop whose default executor is a LanedExecutor."""
        self._task = asyncio.create_task(self._run(), name="engine-runner")

    @property
    def death(self) -> EngineDeadError | None:
        """Why the engine is gone, or None while it lives."""
        return self._death

    def seconds_in_step(self) -> float:
        """How long the running step has taken so far; 0 between steps."""
        return 0.0 if self._step_started_s is None else time.monotonic() - self._step_started_s

    def submit(self, request: EngineRequest, sink: TokenSink) -> None:
        """Hand a request over; it reaches the engine before its next step. Raises: EngineDeadError."""
        if self._death is not None:
            raise self._death
        if self._is_closing:
            raise EngineDeadError("the engine is closed")
        self._sinks[request.request_id] = sink
        self._added.append(request)
        self._has_news.set()

    def abort(self, request_id: str) -> None:
        """Drop a request; it is gone before the engine's next step. Idempotent.

        A plain def: a disconnect cancels the task that calls this, and an await in its clean-up would be cancelled too.
        """
        if self._sinks.pop(request_id, None) is not None:
            self._aborted.append(request_id)
            self._has_news.set()

    async def close(self) -> None:
        """Let the running step end, fail what is unfinished, close the engine. Idempotent."""
        self._is_closing = True
        self._has_news.set()
        if self._task is not None:
            await self._task
            self._task = None

    async def _run(self) -> None:
        with use_lane(self._lane):
            try:
                await self._run_steps()
            except Exception as error:  # the engine loop's last line: wake everyone who waits
                logger.exception("the engine died")
                self._death = EngineDeadError(f"the engine died ({type(error).__name__}); restart the server")
            finally:
                self._fail_all(self._death or EngineDeadError("the engine was closed"))
                await asyncio.to_thread(self._engine.close)

    async def _run_steps(self) -> None:
        output = StepOutput()
        while not self._is_closing:
            self._apply_commands()
            if self._engine.has_work():
                step = asyncio.create_task(asyncio.to_thread(self._step))
                await asyncio.sleep(0)  # lets the task hand the step to its thread, before the delivery below
                self._deliver(output)
                output = await step
                self._note_state(output.stats)
            else:
                self._deliver(output)
                output = StepOutput()
                self._note_state(self._engine.stats())  # no step will, and an abort may just have freed everything
                if not (self._added or self._aborted):
                    self._has_news.clear()
                    await self._has_news.wait()
        self._deliver(output)

    def _apply_commands(self) -> None:
        """Tell the engine what was asked since its last step. The loop owns the engine here."""
        added, self._added = self._added, []
        aborted, self._aborted = self._aborted, []
        for request in added:
            if request.request_id in self._sinks:  # not aborted before it began
                self._add(request)
        for request_id in aborted:
            self._engine.abort(request_id)

    def _add(self, request: EngineRequest) -> None:
        try:
            self._engine.add(request)
        except (InvalidRequestError, EngineError) as error:
            self._sinks.pop(request.request_id).fail(SequenceFailedError(f"the engine refused the request: {error}"))

    def _step(self) -> StepOutput:
        """One step of the engine. Thread: the lane's, which owns the engine here."""
        self._step_started_s = started_s = time.monotonic()
        try:
            output = self._engine.step()
        finally:
            self._step_started_s = None
        self._metrics.engine_step(
            time.monotonic() - started_s,
            prefill_tokens=output.num_prefill_tokens,
            decode_tokens=output.num_decode_tokens,
        )
        return output

    def _note_state(self, stats: EngineStats) -> None:
        self._metrics.engine_state(
            num_waiting=stats.num_waiting,
            num_running=stats.num_running,
            num_cached_tokens=stats.num_cached_tokens,
            max_cached_tokens=stats.max_cached_tokens,
        )

    def _deliver(self, output: StepOutput) -> None:
        for sequence in output.sequences:
            is_last = sequence.finish_reason is not None
            sink = self._sinks.pop(sequence.request_id, None) if is_last else self._sinks.get(sequence.request_id)
            if sink is not None:  # None: aborted while the step ran
                sink.put(sequence)

    def _fail_all(self, error: EngineDeadError) -> None:
        sinks, self._sinks = self._sinks, {}
        for sink in sinks.values():
            sink.fail(error)
