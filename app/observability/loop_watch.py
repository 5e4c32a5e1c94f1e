"""Watches the event loop: a heartbeat that records how much later than asked it was woken."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Self

log = logging.getLogger(__name__)


class LoopWatch:
    """A task that sleeps `interval_s` again and again and reports each delay, in seconds, to `record`.

    `max_delay_s` and `num_beats` count since the start. A delay of `warn_s` or more is logged: something ran on the
    loop that should not. Use it as `async with`, on the loop that is to be watched.
    """

    def __init__(self, record: Callable[[float], None], *, interval_s: float = 0.1, warn_s: float = 0.25) -> None:
        self._record = record
        self._interval_s = interval_s
        self._warn_s = warn_s
        self._task: asyncio.Task[None] | None = None
        self.max_delay_s = 0.0
        self.num_beats = 0

    def __repr__(self) -> str:
        return f"<LoopWatch {self.num_beats} beats, max delay {self.max_delay_s * 1000:.1f} ms>"

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._beat(), name="loop-watch")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + self._interval_s
            await asyncio.sleep(self._interval_s)
            self.observe(max(0.0, loop.time() - due_s))

    def observe(self, delay_s: float) -> None:
        """Take one measured delay into account."""
        self.num_beats += 1
        self.max_delay_s = max(self.max_delay_s, delay_s)
        self._record(delay_s)
        if delay_s >= self._warn_s:
            log.warning("the event loop woke %.0f ms late", delay_s * 1000)
