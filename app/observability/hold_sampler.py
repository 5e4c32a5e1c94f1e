"""The thread that looks at an event loop from outside, and sees what holds it.

The loop's thread says when its next beat is due; while that is to come, this thread sleeps. When the beat is overdue
it looks where the loop's thread is. It needs the GIL for that: while a C call keeps it, nothing can be seen, but how
long nobody could run is known afterwards, and whichever of the two threads runs first reads all stacks. The one that
kept the GIL runs no further before that: it gives the GIL up as its call returns, and takes its turn.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.observability.hold_report import Hold, Sample
from app.observability.request_tasks import work_on
from app.observability.stacks import Stack, busy_threads, stack_of
from app.observability.thread_clock import ThreadClock, ThreadUse

_MAX_SAMPLES = 100
_MIN_PAUSE_S = 0.005
_LONG_HOLD_S = 5.0  # one that is not over by then is reported while it lasts: it may never end


@dataclass(frozen=True, slots=True)
class LateBeat:
    """A beat that came late: when, by how much, what the loop's thread did since the one before, others' stacks."""

    at_s: float
    late_s: float
    use: ThreadUse
    threads: Mapping[str, Stack]


@dataclass(frozen=True, slots=True)
class _Gap:
    """A time in which the sampler could not get the GIL, and the other threads' stacks at its end."""

    end_s: float
    gil_s: float
    threads: Mapping[str, Stack]


@dataclass(slots=True)
class Pulse:
    """What the loop's thread writes and the sampler reads."""

    loop: asyncio.AbstractEventLoop
    thread_ident: int
    clock: ThreadClock  # of that thread
    due_s: float = 0.0  # of time.monotonic(): when the loop should be back at the latest
    late_beats: deque[LateBeat] = field(default_factory=deque)  # the loop appends, the sampler takes


class HoldSampler:
    """Looks when a beat is overdue by half of `threshold_s`, and reports holds of `threshold_s` and more.

    `look` runs on its own thread between `start` and `stop`, and so does `report`; `other_stacks` on the loop's.
    """

    def __init__(
        self,
        pulse: Pulse,
        *,
        threshold_s: float,
        report: Callable[[Hold], None],
        clock: Callable[[], float] = time.monotonic,
        process_clock: Callable[[], float] = time.process_time,
    ) -> None:
        self._pulse = pulse
        self._threshold_s = threshold_s
        self._report = report
        self._clock = clock
        self._process_clock = process_clock
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="loop-watch", daemon=True)
        self._own_clock: ThreadClock | None = None
        self._wake_due_s = clock() + threshold_s
        self._starved_s = 0.0  # of this thread, as of its last look
        self._process_s = process_clock()
        self._samples: list[tuple[float, Sample]] = []  # when, what
        self._gaps: list[_Gap] = []
        self._is_long_one_reported = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; takes it a moment."""
        self._is_stopped.set()
        self._thread.join(timeout=1.0)

    def other_stacks(self, now_s: float) -> Mapping[str, Stack]:
        """Return the other threads' stacks if this one could not run for long. Thread: the loop's, at a late beat."""
        if now_s - self._wake_due_s < self._threshold_s / 2:
            return {}
        return busy_threads(without=self._own_idents())

    def look(self) -> float:
        """Look once, and return the seconds until the next look is worth it."""
        now_s = self._clock()
        self._note_gap(now_s)
        while self._pulse.late_beats:
            self._end_hold(self._pulse.late_beats.popleft())
        late_s = now_s - self._pulse.due_s
        if late_s < self._threshold_s / 2:
            self._forget(before_s=now_s - self._threshold_s)
            pause_s = self._pulse.due_s + self._threshold_s / 2 - now_s
        else:
            self._sample(now_s, late_s)
            pause_s = self._threshold_s / 4
        pause_s = max(_MIN_PAUSE_S, pause_s)
        self._wake_due_s = now_s + pause_s
        return pause_s

    def _run(self) -> None:
        self._own_clock = ThreadClock(threading.get_native_id())
        try:
            while not self._is_stopped.wait(self.look()):
                pass
        finally:
            self._own_clock.close()

    def _note_gap(self, now_s: float) -> None:
        """Note whether this thread could not run though it had a CPU, while the process computed."""
        starved_s = self._own_clock.read().starved_s if self._own_clock else 0.0
        process_s = self._process_clock()
        gap_s = now_s - self._wake_due_s - (starved_s - self._starved_s)
        gap_s = min(gap_s, process_s - self._process_s)  # a process that was stopped did not compute
        if gap_s >= self._threshold_s / 4:
            self._gaps.append(_Gap(now_s, gap_s, busy_threads(without=self._own_idents())))
        self._starved_s, self._process_s = starved_s, process_s

    def _sample(self, now_s: float, late_s: float) -> None:
        stack = stack_of(sys._current_frames().get(self._pulse.thread_ident))
        if stack and len(self._samples) < _MAX_SAMPLES:  # without one, the loop itself runs: it is just back
            self._samples.append((now_s, Sample(work_on(self._pulse.loop), stack)))
        if late_s >= _LONG_HOLD_S and len(self._samples) > 2 and not self._is_long_one_reported:
            self._is_long_one_reported = True
            self._report(Hold(late_s, samples=tuple(sample for _, sample in self._samples), is_over=False))

    def _end_hold(self, beat: LateBeat) -> None:
        """Report what was seen between the beat's due time and the beat."""
        due_s = beat.at_s - beat.late_s
        gaps = sorted((gap for gap in self._gaps if gap.end_s >= due_s), key=lambda gap: gap.gil_s)
        self._report(
            Hold(
                beat.late_s,
                cpu_s=beat.use.cpu_s,
                starved_s=beat.use.starved_s,
                gil_s=sum(gap.gil_s for gap in gaps),
                samples=tuple(sample for at_s, sample in self._samples if due_s <= at_s <= beat.at_s),
                threads=beat.threads or (gaps[-1].threads if gaps else {}),
            )
        )
        self._forget(before_s=beat.at_s)

    def _forget(self, *, before_s: float) -> None:
        self._samples = [(at_s, sample) for at_s, sample in self._samples if at_s > before_s]
        self._gaps = [gap for gap in self._gaps if gap.end_s > before_s]
        self._is_long_one_reported = False

    def _own_idents(self) -> set[int]:
        return {self._pulse.thread_ident, self._thread.ident or 0}
