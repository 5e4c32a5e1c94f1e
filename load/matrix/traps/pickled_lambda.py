"""Trap: a lambda or a local function for a process pool. A process finds a function by its module and name."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from load.matrix.experiment import Experiment, Verdict
from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale
from load.matrix.traps.sprung import figure, message_of, sprung


def power(exponent: int, number: int) -> int:
    """At the top of a module: this one can be found."""
    return int(number**exponent)


def a_local_function(exponent: int) -> Callable[[int], int]:
    def local_power(number: int) -> int:
        return int(number**exponent)

    return local_power


_WAYS: dict[str, Callable[[int], int]] = {
    "a lambda": lambda number: number**2,
    "a local function": a_local_function(2),
    "a function of a module, with functools.partial": partial(power, 2),
}
_MENDED = "a function of a module, with functools.partial"


def measure(scale: Scale) -> list[Figure]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return [figure(way, message_of(pool.submit(work, 3).result)) for way, work in _WAYS.items()]


def judge(figures: Figures) -> list[Verdict]:
    return [
        sprung("a lambda can't be pickled", figures, trap="a lambda", mended=_MENDED),
        sprung("nor can a local function", figures, trap="a local function", mended=_MENDED),
    ]


EXPERIMENT = Experiment("Trap: a lambda for a process pool", measure, judge)
