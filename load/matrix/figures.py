"""What an experiment measured, and how it asks for a figure of it again. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `what` is what was measured (one chart each), `way` how the work was done (one bar or line each).

    at: a place on the horizontal axis, by default the number at once; None: there is only one. at_unit: what it counts.
    note: the message that came with it, word for word.
    """

    what: str
    way: str
    value: float
    unit: str
    at: float | None = None
    note: str = ""
    at_unit: str = "at once"


class Figures:
    """The figures of one experiment, found by name."""

    def __init__(self, *parts: Iterable[Figure]) -> None:
        self.all: tuple[Figure, ...] = tuple(chain.from_iterable(parts))

    def of(self, what: str, way: str, at: float | None = None) -> float:
        """The value of one figure. Raises: KeyError, if it was not measured."""
        return self.find(what, way, at).value

    def note(self, what: str, way: str) -> str:
        """The message of one figure. Raises: KeyError, if it was not measured."""
        return self.find(what, way).note

    def find(self, what: str, way: str, at: float | None = None) -> Figure:
        """Raises: KeyError, if it was not measured."""
        for figure in self.all:
            if (figure.what, figure.way, figure.at) == (what, way, at):
                return figure
        raise KeyError(f"no figure {what!r} of {way!r} at {at}")

    def most(self, what: str, *ways: str) -> float:
        """The largest `at` that all of these ways have. Raises: KeyError, if there is none."""
        places = [{f.at for f in self.all if f.what == what and f.way == way and f.at is not None} for way in ways]
        common = set.intersection(*places)
        if not common:
            raise KeyError(f"no place in common for {what!r} of {ways}")
        return max(at for at in common if at is not None)


def text_of(value: float, unit: str) -> str:
    """A number for a person, with its unit: three digits, thousands parted."""
    number = f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:.3g}"
    return f"{number} {unit}".rstrip()
