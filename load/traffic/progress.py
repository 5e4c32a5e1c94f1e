"""What a load test says while it runs: one line, written over itself on a terminal, now and then elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from statistics import median
from typing import TextIO

from load.storm.outcome import Fate
from load.traffic.sample import Sample

_TERMINAL_INTERVAL_S, _OTHER_INTERVAL_S = 0.5, 5.0
_NUM_RECENT = 50


class Progress:
    """Counts requests as they are sent and answered. Thread: the event loop's."""

    def __init__(self, name: str, duration_s: float, *, now: Callable[[], float] = time.perf_counter) -> None:
        self._name, self._duration_s, self._now = name, duration_s, now
        self._began = now()
        self._num_sent = 0
        self._fates: Counter[Fate] = Counter()
        self._num_tokens = 0
        self._recent_ttfts: deque[float] = deque(maxlen=_NUM_RECENT)

    def sent(self) -> None:
        """One more is under way."""
        self._num_sent += 1

    def ended(self, sample: Sample) -> None:
        """One has come to its end."""
        self._fates[sample.fate] += 1
        self._num_tokens += sample.num_tokens
        if sample.is_complete:
            self._recent_ttfts.append(sample.ttft_ms)

    def line(self) -> str:
        """How things are now. TTFT: the median of the last answers."""
        passed_s = self._now() - self._began
        complete, refused = self._fates[Fate.COMPLETE], self._fates[Fate.REFUSED] + self._fates[Fate.UNTIMED]
        ended = self._fates.total()
        ttft = f"{median(self._recent_ttfts):.0f} ms" if self._recent_ttfts else "-"
        more_s = passed_s - self._duration_s
        more = f" and {more_s:.0f} s more" if more_s >= 1 else ""
        return (
            f"{self._name} {min(passed_s, self._duration_s):4.0f}/{self._duration_s:.0f} s{more}  "
            f"sent {self._num_sent}  under way {self._num_sent - ended}  complete {complete}  refused {refused}  "
            f"other {ended - complete - refused}  {self._num_tokens / max(passed_s, 1e-9):.0f} tok/s  TTFT {ttft}"
        )

    async def show(self, stream: TextIO) -> None:
        """Write the line again and again until cancelled, and once more then."""
        is_terminal = stream.isatty()
        begin, end = ("\r\x1b[K", "") if is_terminal else ("", "\n")
        try:
            while True:
                await asyncio.sleep(_TERMINAL_INTERVAL_S if is_terminal else _OTHER_INTERVAL_S)
                print(begin + self.line(), end=end, file=stream, flush=True)
        finally:
            print(begin + self.line(), file=stream, flush=True)
