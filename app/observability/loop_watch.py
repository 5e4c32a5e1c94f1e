"""Watches an event loop: a heartbeat that records how late the loop is, and a thread that sees what holds it."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from app.observability.hold_report import Hold, HoldLog
from app.observability.hold_sampler import HoldSampler, LateBeat, Pulse
from app.observability.loop_delays import LoopDelays
from app.observability.thread_clock import ThreadClock, ThreadUse


class LoopWatch:
    """Beats every `interval_s` on the loop and gives each delay, in seconds, to `record`.

    A hold of `threshold_s` or more goes to `report` (one log line), with the stack of the code that held the loop;
    math.inf: none does, and no thread looks. `max_delay_s` and `num_beats` count since the start. Use it as
    `async with`, on the loop that is to be watched; it may be made before. Thread: the loop's.
    """

    def __init__(
        self,
        record: Callable[[float], None],
        *,
        threshold_s: float,
        interval_s: float = 0.05,
        report: Callable[[Hold], None] | None = None,
    ) -> None:
        self._record = record
        self._threshold_s = threshold_s
        self._interval_s = interval_s
        self._report = report or HoldLog()
        self._delays = LoopDelays()
        self._pulse: Pulse | None = None
        self._sampler: HoldSampler | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._use = ThreadUse()  # of the loop's thread, at the last beat
        self.max_delay_s = 0.0
        self.num_beats = 0

    def __repr__(self) -> str:
        return f"<LoopWatch {self.num_beats} beats, max delay {self.max_delay_s * 1000:.1f} ms>"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._pulse = pulse = Pulse(loop, threading.get_ident(), ThreadClock(threading.get_native_id()))
        self._use = pulse.clock.read()
        self._schedule(pulse, time.monotonic())
        if self._threshold_s < math.inf:
            self._sampler = HoldSampler(pulse, threshold_s=self._threshold_s, report=self._report)
            self._sampler.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._sampler is not None:
            self._sampler.stop()
        if self._pulse is not None:
            self._pulse.clock.close()
        self._pulse = self._sampler = self._timer = None

    def delay_since(self, start_s: float) -> float:
        """Return the largest delay since `start_s` of time.monotonic(), that of a beat which is overdue included."""
        overdue_s = time.monotonic() - self._pulse.due_s if self._pulse else 0.0
        return max(0.0, overdue_s, self._delays.largest_since(start_s))

    def _schedule(self, pulse: Pulse, now_s: float) -> None:
        pulse.due_s = now_s + self._interval_s
        self._timer = pulse.loop.call_later(self._interval_s, self._beat, pulse)

    def _beat(self, pulse: Pulse) -> None:
        now_s = time.monotonic()
        delay_s = max(0.0, now_s - pulse.due_s)
        threads = self._sampler.other_stacks(now_s) if self._sampler and delay_s >= self._threshold_s else {}
        self._schedule(pulse, now_s)  # from here on the loop is not late any more
        use = pulse.clock.read()
        if delay_s >= self._threshold_s:
            pulse.late_beats.append(LateBeat(now_s, delay_s, use.since(self._use), threads))
        self._use = use
        self.num_beats += 1
        self.max_delay_s = max(self.max_delay_s, delay_s)
        self._delays.note(now_s, delay_s)
        self._record(delay_s)
