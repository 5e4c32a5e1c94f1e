"""What the server says of itself in /metrics, and the wait until it says that nothing is left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from load.storm import wire
from load.storm.connection import Connection, Target

# What must be 0 when nobody asks for anything. Those that a server does not have count as 0.
GAUGES = (
    "unblocked_sequences_running",
    "unblocked_sequences_waiting",
    "unblocked_accepted_requests",
    "unblocked_accepted_tokens",
)
_POLL_S = 0.02
_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Meters:
    """One reading: sample, with its labels as Prometheus writes them, to value."""

    samples: Mapping[str, float]

    def total(self, name: str, label: str = "") -> float:
        """The sum over all labels of a meter, or over those whose labels hold the text `label`; 0 of none."""
        return sum(
            value
            for sample, value in self.samples.items()
            if sample.partition("{")[0] == name and label in sample.partition("{")[2]
        )

    @property
    def held(self) -> dict[str, float]:
        """The gauges that should be 0 and are not."""
        return {name: value for name in GAUGES if (value := self.total(name))}

    @property
    def num_tasks(self) -> float:
        """Tasks on the server's event loop; the one that answers this reading is among them."""
        return self.total("unblocked_event_loop_tasks")

    @property
    def num_steps(self) -> float:
        """Steps that the engine has made."""
        return self.total("unblocked_engine_step_seconds_count")


def parse_meters(text: str) -> Meters:
    """Read Prometheus' text format."""
    pairs = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
    return Meters({sample: float(value) for sample, _, value in pairs})


class MeterReader:
    """A connection kept for /metrics. Raises, on reading: BrokenAnswerError, OSError."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._connection: Connection | None = None

    async def read(self) -> Meters:
        """What the server says now."""
        if self._connection is None or not self._connection.is_open:
            self._connection = await Connection.open(self._target)
        async with asyncio.timeout(_TIMEOUT_S):
            answer = await self._connection.ask(wire.get(self._target, "/metrics"))
        return parse_meters(answer.body.decode())

    async def read_when_idle(self, *, within_s: float) -> Meters:
        """Read until no gauge holds anything; after `within_s` seconds return what is held then."""
        return await self.read_until(lambda meters: not meters.held, within_s=within_s)

    async def read_until(self, is_enough: Callable[[Meters], bool], *, within_s: float) -> Meters:
        """Read again and again until it is enough, or time is up, and return the last reading."""
        deadline_s = time.monotonic() + within_s
        while True:
            meters = await self.read()
            if is_enough(meters) or time.monotonic() >= deadline_s:
                return meters
            await asyncio.sleep(_POLL_S)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
