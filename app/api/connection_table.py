"""Which connection has to go when there are too many. Policy only: whoever asks does the closing."""

from __future__ import annotations

from collections.abc import Hashable
from enum import IntEnum
from typing import Generic, TypeVar


class Phase(IntEnum):
    """What a connection does, in the order in which they are given up."""

    WAITING = 0  # for a request, or for the rest of one's headers
    SENDING = 1  # its request's body is coming
    SERVED = 2  # its request is whole and being answered


Connection = TypeVar("Connection", bound=Hashable)


class ConnectionTable(Generic[Connection]):
    """At most `max_connections`, and `num_reserved` more in which only health checks are answered.

    A new connection drives out the one that has waited longest for a request, so that silent ones can't keep others
    out; if none waits, the one whose body has taken longest. One that is being answered is never given up.
    Thread: the event loop's.
    """

    def __init__(self, *, max_connections: int, num_reserved: int) -> None:
        self.max_connections = max_connections
        self.num_reserved = num_reserved
        self._phases: dict[Connection, Phase] = {}
        # Oldest first: a dict keeps the order in which its keys came.
        self._members: dict[Phase, dict[Connection, None]] = {phase: {} for phase in Phase}

    def __len__(self) -> int:
        return len(self._phases)

    def add(self, connection: Connection) -> Connection | None:
        """Take in a new connection and return the one to be closed for it, if any; it may be the new one itself."""
        victim = self._victim() if len(self) >= self.max_connections else None
        if victim is None and len(self) >= self.max_connections + self.num_reserved:
            return connection
        if victim is not None:
            self.remove(victim)
        self._phases[connection] = Phase.WAITING
        self._members[Phase.WAITING][connection] = None
        return victim

    def move(self, connection: Connection, phase: Phase) -> None:
        """Note what a connection begins to do now; one that was removed stays removed.

        To wait may follow on waiting: what is answered at the door is never served.
        """
        old = self._phases.get(connection)
        if old is None:
            return
        del self._members[old][connection]
        self._members[phase][connection] = None
        self._phases[connection] = phase

    def remove(self, connection: Connection) -> None:
        """Forget a connection. Idempotent."""
        phase = self._phases.pop(connection, None)
        if phase is not None:
            del self._members[phase][connection]

    @property
    def is_crowded(self) -> bool:
        """Whether only health checks are to be answered to those that have no request yet."""
        return len(self._phases) - len(self._members[Phase.WAITING]) >= self.max_connections

    def _victim(self) -> Connection | None:
        for phase in (Phase.WAITING, Phase.SENDING):
            if self._members[phase]:
                return next(iter(self._members[phase]))
        return None

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(self._members[phase])} {phase.name.lower()}" for phase in Phase)
        return f"<ConnectionTable {counts}, at most {self.max_connections}+{self.num_reserved}>"
