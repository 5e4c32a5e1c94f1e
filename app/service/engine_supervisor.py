"""Watches the engine: one that dies or stalls ends every stream with an error, then is built anew once, or given up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Literal

from app.concurrency.lanes import use_lane
from app.engine.protocol import Engine, EngineInfo, EngineRequest
from app.errors import EngineRestartingError, EngineStalledError
from app.observability.metrics import Metrics
from app.service.engine_queue import StartBy, TokenSink, never_late
from app.service.engine_runner import EngineRunner
from app.service.rates import ServiceRates

logger = logging.getLogger(__name__)

_RETRY_AFTER_S = 10.0  # while an engine is being built: loading takes seconds


class EngineSupervisor:
    """Builds an engine, runs it, and decides what follows when it fails. Thread: the event loop's.

    `build` is called on the engine's own lane, a new one for each engine: a thread that is stuck in a step can't be
    ended, only left behind. A stall is measured in the watch's own beats, so a process that was stopped as a whole and
    goes on is not taken for one.
    """

    def __init__(
        self,
        build: Callable[[], Engine],
        metrics: Metrics,
        *,
        rates: ServiceRates,
        stall_s: float,
        failure: Literal["exit", "rebuild"],
    ) -> None:
        self._build = build
        self._metrics = metrics
        self._rates = rates
        self._stall_s = stall_s
        self._num_rebuilds_left = 1 if failure == "rebuild" else 0
        self._runner: EngineRunner | None = None
        self._num_built = 0
        self._is_restarting = False
        self._failed = asyncio.Event()
        self._watch_task: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"<EngineSupervisor {self._runner!r}>"

    async def start(self) -> EngineInfo:
        """Build the engine and let it run. Raises: what `build` raises. Cancel: a build that runs is left behind."""
        info = await self._start_runner()
        self._watch_task = asyncio.create_task(self._watch(), name="engine-watch")
        return info

    def check(self) -> None:
        """Raises: EngineRestartingError, EngineDeadError, if no request can run now."""
        if self._is_restarting:
            raise EngineRestartingError("the engine failed and is being started again", retry_after_s=_RETRY_AFTER_S)
        self._current.check()

    def submit(
        self, request: EngineRequest, sink: TokenSink, *, owner: str = "", start_by: StartBy = never_late
    ) -> None:
        """Hand a request to the engine. Raises: as `check`."""
        self.check()
        self._current.submit(request, sink, owner=owner, start_by=start_by)

    def abort(self, request_id: str) -> None:
        """Drop a request. Idempotent; what a failed engine held is gone already."""
        self._current.abort(request_id)

    async def wait_failed(self) -> None:
        """Wait until the engine is gone for good."""
        await self._failed.wait()

    async def close(self) -> None:
        """End the watch and the engine; a step that does not end is left behind. Idempotent."""
        if self._watch_task is not None:
            self._watch_task.cancel()
            await asyncio.wait([self._watch_task])
        if self._runner is not None:
            await self._runner.close()

    @property
    def _current(self) -> EngineRunner:
        assert self._runner is not None, "start the supervisor first"
        return self._runner

    async def _start_runner(self) -> EngineInfo:
        self._num_built += 1
        lane = f"engine-{self._num_built}"
        with use_lane(lane):
            engine = await asyncio.to_thread(self._build)
        self._runner = EngineRunner(engine, self._metrics, lane=lane, rates=self._rates)
        self._runner.start()
        return engine.info

    async def _watch(self) -> None:
        await self._wait_dead()
        while self._num_rebuilds_left:
            self._num_rebuilds_left -= 1
            if not await self._rebuild():
                break
            await self._wait_dead()
        logger.critical("the engine is gone for good")
        self._failed.set()

    async def _wait_dead(self) -> None:
        """Wait for the engine's end; one that has been in the same step for stall_s is given up."""
        runner, beat_s = self._current, min(1.0, self._stall_s / 4)
        step, stuck_s = None, 0.0
        while runner.death is None:
            try:
                async with asyncio.timeout(beat_s):
                    await runner.wait_dead()
            except TimeoutError:
                is_same = step is not None and step == runner.running_step
                step, stuck_s = runner.running_step, stuck_s + beat_s if is_same else 0.0
            if stuck_s >= self._stall_s:
                logger.critical("the engine has not finished a step for %g s; it is given up", self._stall_s)
                runner.give_up(EngineStalledError(f"the engine has not finished a step for {self._stall_s:g} s"))

    async def _rebuild(self) -> bool:
        """Build another engine in the failed one's place; whether that worked."""
        self._is_restarting = True
        try:
            await self._current.close()
            await self._start_runner()
        except Exception:  # nobody awaits this task: say it here, and let the process end
            logger.exception("the engine could not be built again")
            return False
        finally:
            self._is_restarting = False
        self._metrics.engine_rebuilt()
        logger.warning("the engine was built again")
        return True
