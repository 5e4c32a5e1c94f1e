"""Reads the figures of a storm by their promise."""

from __future__ import annotations

from collections.abc import Sequence

from load.storm.figures import Figure


def broken(figures: Sequence[Figure], *, judges_timings: bool = False) -> set[str]:
    """The promises that were broken; those that depend on the machine's speed only if asked for."""
    return {found.promise for found in figures if found.verdict(judges_timings=judges_timings) == "BROKEN"}


def value(figures: Sequence[Figure], promise: str) -> float:
    """The figure of one promise."""
    (found,) = [figure for figure in figures if figure.promise == promise]
    return found.value
