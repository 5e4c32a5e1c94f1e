"""What a storm found, held against a declared bar. Pure: knows neither a server nor a clock."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One promise, what was found, and whether that keeps it; is_held None: only told, nothing was promised.

    is_timing: it depends on how fast and how busy the machine is, so a short run on a noisy machine only tells it.
    """

    promise: str
    value: float
    text: str
    bar: str = ""
    is_held: bool | None = None
    is_timing: bool = False

    def verdict(self, *, judges_timings: bool) -> str:
        """ "held", "BROKEN" or "told"."""
        if self.is_held is None or (self.is_timing and not judges_timings):
            return "told"
        return "held" if self.is_held else "BROKEN"


def at_most(promise: str, value: float, limit: float, unit: str = "", *, is_timing: bool = False) -> Figure:
    """A figure that may not exceed its limit. NaN, which is the figure of nothing at all, breaks the promise."""
    return Figure(promise, value, _text(value, unit), f"<= {_text(limit, unit)}", value <= limit, is_timing)


def at_least(promise: str, value: float, limit: float, unit: str = "", *, is_timing: bool = False) -> Figure:
    """A figure that may not fall below its limit."""
    return Figure(promise, value, _text(value, unit), f">= {_text(limit, unit)}", value >= limit, is_timing)


def none_of(promise: str, found: int, of: int, *, seen: Iterable[str] = ()) -> Figure:
    """Nothing of that kind among so many, and at least one was looked at. `seen` names a few of them."""
    names = ", ".join(dict.fromkeys(seen))[:120]
    text = f"{found} of {of}" + (f" ({names})" if names else "")
    return Figure(promise, found, text, "0", found == 0 and of > 0)


def exactly(promise: str, value: float, wanted: float, unit: str = "") -> Figure:
    """A figure that has to be one number."""
    return Figure(promise, value, _text(value, unit), _text(wanted, unit), value == wanted)


def told(promise: str, value: float, unit: str = "") -> Figure:
    """A figure without a bar."""
    return Figure(promise, value, _text(value, unit))


def are_all_held(figures: Iterable[Figure], *, judges_timings: bool) -> bool:
    """Whether no promise is broken."""
    return all(figure.verdict(judges_timings=judges_timings) != "BROKEN" for figure in figures)


def _text(value: float, unit: str) -> str:
    if math.isnan(value):
        return "nothing"
    if math.isinf(value):
        return "never"
    number = f"{value:.0f}" if value == round(value) or abs(value) >= 100 else f"{value:.3g}"
    return f"{number} {unit}".rstrip()
