"""What the event loop could do while a piece of work ran: counted by a task that only wakes and sleeps again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

TICK_S = 0.002


@dataclass(frozen=True)
class LoopReport:
    """How the event loop fared while the work ran. Durations in milliseconds."""

    took_ms: float
    max_delay_ms: float
    num_ticks: int
    num_possible_ticks: int


class LoopTicks:
    """Wakes every TICK_S on the loop and notes when, and how late.

    The loop alone appends to the notes; `begin` and `report` only read them, so both may be called on any thread.
    """

    def __init__(self) -> None:
        self._due = time.perf_counter()
        self._wakes: list[tuple[float, float]] = []  # owner: the loop; (when, how late), seconds
        self._began = 0.0

    async def run(self, armed: asyncio.Event) -> None:
        """Tick until cancelled; sets `armed` at the first wake."""
        while True:
            self._due = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            now = time.perf_counter()
            self._wakes.append((now, now - self._due))
            armed.set()

    def begin(self) -> None:
        """The work starts now."""
        self._began = time.perf_counter()

    def report(self) -> LoopReport:
        """The work ended now. A tick that is overdue at this moment counts with the delay it has by now."""
        now = time.perf_counter()
        delays = [late for when, late in list(self._wakes) if when >= self._began]
        worst = max(0.0, now - self._due, *delays)
        took = now - self._began
        return LoopReport(
            took_ms=took * 1000,
            max_delay_ms=min(worst, took) * 1000,
            num_ticks=len(delays),
            num_possible_ticks=int(took / TICK_S),
        )


@asynccontextmanager
async def count_ticks() -> AsyncIterator[LoopTicks]:
    """Ticks for as long as the block runs; the first tick has happened when the block is entered."""
    ticks = LoopTicks()
    armed = asyncio.Event()
    task = asyncio.create_task(ticks.run(armed))
    try:
        await armed.wait()
        yield ticks
    finally:
        task.cancel()
