"""Drives an engine from the event loop: the heart of the service.

The engine's thread goes from step to step by itself, so that nothing which keeps the loop busy makes it wait. Before
each step it reads what the loop has asked meanwhile, and it posts each step's output to the loop, a few steps ahead of
it at most. So the output of step n is delivered while step n+1 runs. The engine is handed only what it can run at once;
the rest waits here, where order is fair between owners and leaving costs nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from app.concurrency.lanes import use_lane
from app.engine.protocol import Engine, EngineRequest, EngineStats, StepOutput
from app.errors import (
    DeadlineExceededError,
    EngineDeadError,
    EngineError,
    InvalidRequestError,
    SequenceFailedError,
    UnblockedError,
)
from app.observability.metrics import Metrics
from app.service.engine_queue import EngineQueue, Job, StartBy, TokenSink, never_late
from app.service.rates import ServiceRates

logger = logging.getLogger(__name__)

CLOSE_TIMEOUT_S = 1.0  # what a running step gets to end when the engine is closed
# A busy loop takes the outputs of several steps at once; one that can't follow slows the engine down.
_MAX_UNDELIVERED = 4
# Requests handed over that no step has begun yet: enough for a step in which several sequences end.
_MAX_UNBEGUN = 4


class EngineRunner:
    """Feeds an engine, steps it on its own thread, and hands its output to the sinks.

    Thread: the event loop's, but for what says otherwise. All steps run through `asyncio.to_thread` on one lane of the
    default executor, which is one thread: torch's OpenMP team, compiled graphs and CUDA graphs belong to the thread
    that made them.
    """

    def __init__(
        self, engine: Engine, metrics: Metrics, *, lane: str = "engine", rates: ServiceRates | None = None
    ) -> None:
        self._engine = engine  # owned by the lane's thread during a run of steps, by the loop between two
        self._max_num_seqs = engine.info.max_num_seqs
        self._metrics = metrics
        self._lane = lane
        self._rates = rates or ServiceRates()
        self._queue = EngineQueue()
        # What the engine is to do before its next step: the loop appends, the lane's thread takes from the left.
        self._inbox: deque[EngineRequest | str] = deque()  # a request to add, or the id of one to abort
        self._num_handed = 0  # requests, ever
        self._num_taken_in = 0  # of these, by the thread
        self._num_begun = 0  # of these, before the last step whose output has come
        self._num_waiting_there = 0  # that the engine could not begin after that step
        self._num_posted = self._num_arrived = 0  # outputs, on both sides of the way to the loop
        self._has_news = asyncio.Event()
        self._is_closing = False
        self._death: EngineDeadError | None = None
        self._died = asyncio.Event()
        self._num_steps = 0
        self._is_in_step = False
        self._task: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"<EngineRunner {self._queue!r}>"

    def start(self) -> None:
        """Begin to run. Needs a running event loop whose default executor is a LanedExecutor."""
        self._task = asyncio.create_task(self._run(), name="engine-runner")

    @property
    def death(self) -> EngineDeadError | None:
        """Why the engine is gone, or None while it lives."""
        return self._death

    def check(self) -> None:
        """Raises: EngineDeadError, if the engine is gone or closed."""
        if self._death is not None:
            raise self._death
        if self._is_closing:
            raise EngineDeadError("the engine is closed")

    async def wait_dead(self) -> None:
        """Wait until the engine is gone."""
        await self._died.wait()

    @property
    def running_step(self) -> int | None:
        """The number of the step that runs now; None between steps."""
        return self._num_steps if self._is_in_step else None

    def submit(
        self, request: EngineRequest, sink: TokenSink, *, owner: str = "", start_by: StartBy = never_late
    ) -> None:
        """Hand a request over; it waits its turn, and is not begun after start_by, which is asked then.

        Raises: EngineDeadError.
        """
        self.check()
        self._queue.add(Job(request, sink, start_by, owner))
        self._feed()

    def abort(self, request_id: str) -> None:
        """Drop a request: at once while it waits, before the engine's next step if it has it. Idempotent.

        A plain def: a disconnect cancels the task that calls this, and an await in its clean-up would be cancelled too.
        """
        if self._queue.drop(request_id):
            self._inbox.append(request_id)
            self._queue.settle(request_id)  # the next one is handed over behind this, so there will be a place
            self._feed()

    def give_up(self, error: EngineDeadError) -> None:
        """End every request with this error and take no more, even while a step runs: its thread is left behind."""
        if self._death is None:
            self._death = error
            self._fail_all(error)
            self._died.set()
            self._has_news.set()

    async def close(self) -> None:
        """Let the running step end, fail what is unfinished, close the engine. Idempotent.

        A step that does not end within CLOSE_TIMEOUT_S is left behind with its thread and its engine.
        """
        self._is_closing = True
        self._has_news.set()
        task, self._task = self._task, None
        if task is None:
            return
        await asyncio.wait([task], timeout=CLOSE_TIMEOUT_S)
        if not task.done():
            logger.error("the engine's step does not end; its thread is left behind")
            self._fail_all(EngineDeadError("the engine was closed"))
            task.cancel()
            await asyncio.wait([task], timeout=CLOSE_TIMEOUT_S)

    async def _run(self) -> None:
        with use_lane(self._lane):
            try:
                await self._run_steps()
            except Exception as error:  # the engine loop's last line: wake everyone who waits
                logger.exception("the engine died")
                self.give_up(EngineDeadError(f"the engine died ({type(error).__name__})"))
            self._fail_all(EngineDeadError("the engine was closed"))
            await asyncio.to_thread(self._engine.close)

    async def _run_steps(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._is_closing and self._death is None:
            if self._inbox or self._engine.has_work():
                await asyncio.to_thread(self._step_on, loop)  # all that it posted has come by then
                self._num_begun = self._num_taken_in
                self._num_waiting_there = self._engine.stats().num_waiting
                self._feed()
            else:
                self._show(self._engine.stats())  # no step will, and an abort may just have freed everything
                self._has_news.clear()
                await self._has_news.wait()

    def _step_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Step until nothing is to do or the loop is too far behind. Thread: the lane's, which owns the engine here."""
        while not self._is_closing and self._death is None and self._num_undelivered < _MAX_UNDELIVERED:
            started_s = time.monotonic()
            self._read_inbox(loop)
            if not self._engine.has_work():
                return
            self._num_steps += 1
            self._is_in_step = True
            stepped_s = time.monotonic()
            output = self._engine.step()
            now_s = time.monotonic()
            self._is_in_step = False
            self._num_posted += 1
            arrive = partial(self._arrive, output, now_s - stepped_s, now_s - started_s, self._num_taken_in)
            loop.call_soon_threadsafe(arrive)

    def _read_inbox(self, loop: asyncio.AbstractEventLoop) -> None:
        """Do what was asked since the last step. Thread: the lane's."""
        while self._inbox:
            asked = self._inbox.popleft()
            if isinstance(asked, str):
                self._engine.abort(asked)
                continue
            self._num_taken_in += 1
            try:
                self._engine.add(asked)
            except Exception as error:
                self._engine.abort(asked.request_id)
                loop.call_soon_threadsafe(self._refuse, asked.request_id, error)

    def _arrive(self, output: StepOutput, step_s: float, lap_s: float, num_begun: int) -> None:
        """Take a step's output. num_begun: the requests that the engine had been given when it began."""
        self._num_arrived += 1
        if self._death is not None:
            return
        is_backlogged = self._queue.num_waiting > 0
        self._num_begun, self._num_waiting_there = num_begun, output.stats.num_waiting
        self._queue.note(output)
        self._feed()
        self._observe(output, step_s, lap_s=lap_s, is_backlogged=is_backlogged)
        self._queue.deliver(output, on_error=self._fail_undelivered)

    def _feed(self) -> None:
        """Hand over whose turn it is, as far as the engine can begin at once."""
        while self._queue.num_taken < self._max_num_seqs and self._num_unbegun < _MAX_UNBEGUN:
            job = self._queue.take()
            if job is None:
                break
            self._hand_over(job)
        if self._inbox:
            self._has_news.set()

    @property
    def _num_unbegun(self) -> int:
        return self._num_handed - self._num_begun + self._num_waiting_there

    @property
    def _num_undelivered(self) -> int:
        return self._num_posted - self._num_arrived

    def _hand_over(self, job: Job) -> None:
        if job.start_by() <= asyncio.get_running_loop().time():
            error = DeadlineExceededError("the request waited so long that it can't end in time")
            self._refuse(job.request_id, error)
            return
        try:
            job.sink.start()
        except Exception as failure:  # whatever is wrong with one request must not end the others
            self._refuse(job.request_id, failure)
            return
        self._num_handed += 1
        self._inbox.append(job.request)

    def _refuse(self, request_id: str, error: Exception) -> None:
        """End a request that the engine does not have."""
        sink = self._queue.sink_of(request_id)
        self._queue.drop(request_id)
        self._queue.settle(request_id)
        if sink is not None:
            _tell(sink, error if isinstance(error, DeadlineExceededError) else _refusal(error))

    def _fail_undelivered(self, request_id: str, error: Exception) -> None:
        logger.error("an answer could not be delivered", exc_info=error)
        self._fail(request_id, SequenceFailedError("the answer could not be delivered"))

    def _fail(self, request_id: str, error: UnblockedError) -> None:
        """End one request with an error, wherever it is."""
        sink = self._queue.sink_of(request_id)
        self.abort(request_id)
        if sink is not None:
            _tell(sink, error)

    def _fail_all(self, error: EngineDeadError) -> None:
        for sink in self._queue.clear():
            _tell(sink, error)
        self._show(EngineStats())

    def _observe(self, output: StepOutput, step_s: float, *, lap_s: float, is_backlogged: bool) -> None:
        prefill, decode = output.num_prefill_tokens, output.num_decode_tokens
        self._rates.step(lap_s, num_prefill_tokens=prefill, num_decode_tokens=decode, is_backlogged=is_backlogged)
        _quietly(lambda: self._metrics.engine_step(step_s, prefill_tokens=prefill, decode_tokens=decode))
        self._show(output.stats)

    def _show(self, stats: EngineStats) -> None:
        _quietly(
            lambda: self._metrics.engine_state(
                num_waiting=stats.num_waiting + self._queue.num_waiting,
                num_running=stats.num_running,
                num_cached_tokens=stats.num_cached_tokens,
                max_cached_tokens=stats.max_cached_tokens,
            )
        )


def _tell(sink: TokenSink, error: UnblockedError) -> None:
    _quietly(lambda: sink.fail(error))


def _quietly(call: Callable[[], None]) -> None:
    """Make a call whose failure concerns nobody but itself: a meter's, or that of an answer that is ending anyway."""
    try:
        call()
    except Exception:
        logger.exception("a meter or a stream failed; the engine goes on")


def _refusal(error: Exception) -> SequenceFailedError:
    """What a request is told that the engine could not take."""
    if isinstance(error, InvalidRequestError | EngineError):
        return SequenceFailedError(f"the engine refused the request: {error}")
    logger.error("a request could not be handed to the engine", exc_info=error)
    return SequenceFailedError(f"the engine failed on this request ({type(error).__name__})")
