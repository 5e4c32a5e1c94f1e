"""How many answers a second a closed loop gets out of a server: the measure for a scenario's rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from load.traffic.arrivals import Closed
from load.traffic.drive import drive
from load.traffic.sample import Sample
from load.traffic.scenario import Scenario
from load.traffic.subject import Subject

NUM_CLIENTS = 32
PEAK_S = 6.0


class NoPeakError(Exception):
    """The server did not complete two requests of a closed loop."""


async def rate_of(subject: Subject, scenario: Scenario, *, screen: TextIO) -> float | None:
    """The rate that a scenario asks for, measured if it has to be; None of a closed loop. Raises: NoPeakError."""
    arrivals = scenario.arrivals
    if isinstance(arrivals, Closed):
        return None
    if arrivals.rate_of_peak is None:
        return arrivals.rate
    return arrivals.rate_of_peak * await measure_peak(subject, scenario, screen=screen)


async def measure_peak(subject: Subject, scenario: Scenario, *, screen: TextIO, duration_s: float = PEAK_S) -> float:
    """Complete answers a second. Raises: NoPeakError."""
    arrivals = Closed(kind="closed", num_clients=NUM_CLIENTS, duration_s=duration_s)
    print(f"measuring what {NUM_CLIENTS} clients in a closed loop get", file=screen, flush=True)
    part = await drive(subject, scenario.model_copy(update={"arrivals": arrivals}), rate=None, screen=screen)
    return peak_of(part.samples, duration_s=duration_s)


def peak_of(samples: Sequence[Sample], *, duration_s: float) -> float:
    """From the first answer, before which nothing can have ended, to the time's end, or to the last if all came later.

    Raises: NoPeakError.
    """
    ends = sorted(sample.ended for sample in samples if sample.is_complete)
    if len(ends) < 2 or ends[0] == ends[-1]:
        raise NoPeakError(f"{len(ends)} of {len(samples)} requests of a closed loop were answered")
    until = duration_s if ends[1] < duration_s else ends[-1]
    return (sum(end <= until for end in ends) - 1) / (until - ends[0])
