"""What is said of an event loop that was held: by what, for how long, and where. Names code, never values."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.observability.stacks import Stack, as_line

log = logging.getLogger(__name__)

_LINE_INTERVAL_S = 10.0
_MAX_THREADS = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at the loop's thread while it was held: what ran (a request, a task), and where."""

    work: str
    stack: Stack


@dataclass(frozen=True, slots=True)
class Hold:
    """One time that the loop was late. `cpu_s`: its own thread computed; `starved_s`: it was ready but got no CPU;
    `gil_s`: no thread at all could run Python while the process computed, so a C call kept the GIL (on a busy machine
    it was longer: a thread that waits for the GIL wakes 200 times a second, and waits for a CPU each time); `threads`
    are then the others' stacks, as soon as they could be read."""

    held_s: float
    cpu_s: float = 0.0
    starved_s: float = 0.0
    gil_s: float = 0.0
    samples: tuple[Sample, ...] = ()
    threads: Mapping[str, Stack] = field(default_factory=dict)
    is_over: bool = True

    def __str__(self) -> str:
        text = f"the event loop {'was' if self.is_over else 'has been'} held {_ms(self.held_s)}"
        if self.gil_s >= self.held_s / 4 and self.cpu_s < self.gil_s / 2:
            stacks = [f"{name}: {as_line(stack)}" for name, stack in list(self.threads.items())[:_MAX_THREADS]]
            where = "; ".join(stacks) or "no thread was still at it"
            return f"{text}: a call in another thread kept the GIL for {_ms(self.gil_s)}; at work then: {where}"
        if not self.samples:
            return f"{text} by something that was gone before it was seen{self._how()}"
        ((sample, count),) = Counter(self.samples).most_common(1)
        seen = f"seen {count} of {len(self.samples)} times"
        return f"{text} by {sample.work}{self._how()}; {seen}: {as_line(sample.stack)}"

    def _how(self) -> str:
        is_awake = self.cpu_s + self.starved_s >= self.held_s / 2
        if is_awake and self.starved_s >= self.cpu_s:
            return f", but for {_ms(self.starved_s)} of it the machine had no CPU for it"
        if is_awake:
            return f", which computed for {_ms(self.cpu_s)}"
        return ", in a call that waits" if self.is_over and self.samples else ""


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


class HoldLog:
    """Logs holds, at most one line in 10 s; the next says how many were left out. Thread: one at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next_line_s = -1.0
        self._num_left_out = 0

    def __call__(self, hold: Hold) -> None:
        """Log a hold, unless one was logged just now."""
        now_s = self._clock()
        if now_s < self._next_line_s:
            self._num_left_out += 1
            return
        note = f" ({self._num_left_out} more holds since the last such line)" if self._num_left_out else ""
        log.warning("%s%s", hold, note, extra={"held_ms": round(hold.held_s * 1000)})
        self._next_line_s = now_s + _LINE_INTERVAL_S
        self._num_left_out = 0
