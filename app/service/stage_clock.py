"""When a request passed its stages, for whoever wants to tell its client where the time went."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

Stage = Literal["tokenize", "queue", "prefill", "decode"]

_ORDER: tuple[Stage, ...] = ("tokenize", "queue", "prefill", "decode")


class StageClock:
    """Runs from its making. Of a request with many answers the first one's queue and prefill count, and the last one's
    decode. Thread: the event loop's."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begin_s = clock()
        self._ends_s: dict[Stage, float] = {}

    def end(self, stage: Stage) -> None:
        """Note that a stage is over."""
        if stage == "decode" or stage not in self._ends_s:
            self._ends_s[stage] = self._clock()

    def durations_s(self) -> dict[str, float]:
        """Return the seconds of each stage that is over, up to the first that is not."""
        durations: dict[str, float] = {}
        begin_s = self._begin_s
        for stage in _ORDER:
            if stage not in self._ends_s:
                break
            durations[stage] = self._ends_s[stage] - begin_s
            begin_s = self._ends_s[stage]
        return durations
