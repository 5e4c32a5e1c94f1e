"""How a trap tells what happened: the message of what was raised, and the figures of a trap and of its mending."""

from __future__ import annotations

from collections.abc import Callable

from load.matrix.experiment import Verdict, verdict
from load.matrix.figures import Figure, Figures

WORKS = "works"
TRAP, MENDED = "trap", "mended"


def message_of(work: Callable[[], object]) -> str:
    """What `work` raises, as Python prints it in its last line; empty if it raises nothing."""
    try:
        work()
    except Exception as error:  # any: which one it is, is what is asked
        return f"{type(error).__name__}: {error}"
    return ""


def figure(way: str, message: str) -> Figure:
    """1 if it worked, 0 with the message if it did not."""
    return Figure(WORKS, way, float(not message), "", note=message)


def sprung(claim: str, figures: Figures, *, trap: str = TRAP, mended: str = MENDED) -> Verdict:
    """The notes are right about a trap that fails and works once mended."""
    message = figures.note(WORKS, trap)
    finding = f"{message or 'nothing happened'}; {mended}: {'works' if figures.of(WORKS, mended) else 'fails too'}"
    return verdict(claim, finding, holds=figures.of(WORKS, trap) == 0 and figures.of(WORKS, mended) == 1)
