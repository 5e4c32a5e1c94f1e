"""What every experiment of the matrix is: something that measures, and a rule that holds the notes to the figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale


class Agreement(Enum):
    """What this host says of a claim."""

    AGREES = "agrees"
    TOO_SIMPLE = "too simple"  # true of some of what the claim covers, and not of all
    DISAGREES = "disagrees"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One claim of the notes, what was found on this host, and whether they agree."""

    claim: str
    finding: str
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Experiment:
    """One row of the matrix.

    measure: runs in a process of its own; leaves no process and no thread behind.
    judge: pure; the verdicts follow from the figures and from nothing else.
    """

    title: str
    measure: Callable[[Scale], Sequence[Figure]]
    judge: Callable[[Figures], Sequence[Verdict]]


def verdict(claim: str, finding: str, *, holds: bool, otherwise: Agreement = Agreement.DISAGREES) -> Verdict:
    """A claim that holds, or `otherwise`."""
    return Verdict(claim, finding, Agreement.AGREES if holds else otherwise)
