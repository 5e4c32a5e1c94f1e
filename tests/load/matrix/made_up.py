"""Figures that nobody measured, and what an experiment's rule says of them."""

from __future__ import annotations

from load.matrix.alone import load_experiment
from load.matrix.figures import Figure, Figures

# (what, way) or (what, way, at) -> the value, or the value and the message that came with it
MadeUp = dict[tuple[str, str] | tuple[str, str, float], float | tuple[float, str]]


def agreements(experiment: str, made_up: MadeUp) -> list[str]:
    """The verdicts' words, in order."""
    return [verdict.agreement.value for verdict in load_experiment(experiment).judge(Figures(figures(made_up)))]


def figures(made_up: MadeUp) -> list[Figure]:
    found = []
    for (what, way, *at), value in made_up.items():
        number, note = value if isinstance(value, tuple) else (value, "")
        found.append(Figure(what, way, number, "", at=float(at[0]) if at else None, note=note))
    return found
