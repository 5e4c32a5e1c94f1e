"""One measured stretch of load, as it was seen: every request, every ping, and what the server said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from load.traffic.sample import Sample

Visit = tuple[float, float, int]  # due in seconds since the run began, waited in milliseconds, status (0: broke)


@dataclass(frozen=True, slots=True)
class Part:
    """label: what kind of loop. duration_s: the time in which requests were due. rate: asked for; None: closed loop.

    health: pings of the health path. beside: what was asked besides. levels, changes: see ServerWatch.
    client_cpu_share: of one core, what this client took.
    """

    name: str
    label: str
    duration_s: float
    rate: float | None
    samples: Sequence[Sample]
    health: Sequence[Visit] = ()
    beside: Sequence[Visit] = ()
    levels: Mapping[str, Sequence[tuple[float, float]]] | None = None
    changes: Mapping[str, float] | None = None
    client_cpu_share: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "label": self.label,
            "duration_s": self.duration_s,
            "rate": self.rate,
            "client_cpu_share": round(self.client_cpu_share, 3),
            "changes": self.changes or {},
            "levels": self.levels or {},
            "health": self.health,
            "beside": self.beside,
            "samples": [sample.to_json() for sample in self.samples],
        }

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Part:
        """Raises: ValueError, KeyError or TypeError, if it is not what to_json gives. Other keys are left alone."""
        return cls(
            name=fields["name"],
            label=fields["label"],
            duration_s=fields["duration_s"],
            rate=fields["rate"],
            samples=[Sample.from_json(sample) for sample in fields["samples"]],
            health=[(due, wait, status) for due, wait, status in fields["health"]],
            beside=[(due, wait, status) for due, wait, status in fields["beside"]],
            levels=fields["levels"],
            changes=fields["changes"],
            client_cpu_share=fields["client_cpu_share"],
        )
