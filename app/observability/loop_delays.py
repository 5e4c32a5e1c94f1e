"""The largest recent delay of the event loop, for whoever wants to know how it was since some moment."""

from __future__ import annotations

from bisect import bisect_left


class LoopDelays:
    """Keeps of many delays only those that no later one exceeds. Thread: the event loop's. All times in seconds."""

    def __init__(self, *, max_kept: int = 256) -> None:
        self._max_kept = max_kept
        self._times_s: list[float] = []
        self._delays_s: list[float] = []  # falling, one for each time

    def note(self, now_s: float, delay_s: float) -> None:
        """Add a delay; `now_s` never falls."""
        while self._delays_s and self._delays_s[-1] <= delay_s:
            self._times_s.pop()
            self._delays_s.pop()
        self._times_s.append(now_s)
        self._delays_s.append(delay_s)
        del self._times_s[: -self._max_kept], self._delays_s[: -self._max_kept]

    def largest_since(self, start_s: float) -> float:
        """Return the largest delay noted at or after `start_s`, 0.0 if there was none."""
        place = bisect_left(self._times_s, start_s)
        return self._delays_s[place] if place < len(self._delays_s) else 0.0
