"""What a storm gets: a running server, how much to throw at it, and what the server can do when nothing is wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from load.storm.connection import Target
from load.storm.figures import Figure
from load.storm.peak import Peak, measure_peak
from load.storm.scale import Scale


class ServerProcess(Protocol):
    """The process that serves, as its parent sees it."""

    @property
    def pid(self) -> int: ...

    def terminate(self) -> None:
        """Send SIGTERM."""

    def wait(self, timeout_s: float) -> int:
        """Block until it has ended and return its exit code. Raises: TimeoutError."""


@dataclass(slots=True)
class Arena:
    """One server and one scale; the peak is measured once, by the first storm that needs it."""

    target: Target
    server: ServerProcess
    scale: Scale
    _peaks: list[Peak] = field(default_factory=list)

    async def peak(self) -> Peak:
        """What a closed loop gets out of this server."""
        if not self._peaks:
            self._peaks.append(await measure_peak(self.target, self.scale))
        return self._peaks[0]


Rage = Callable[[Arena], Awaitable[Sequence[Figure]]]


@dataclass(frozen=True, slots=True)
class Storm:
    """One kind of trouble. `settings` are the server's environment; storms in a row share one if they have the same.

    `key` is the API key to ask with, where the settings have keys.
    """

    name: str
    rage: Rage
    settings: dict[str, str] = field(default_factory=dict)
    key: str = ""
    is_last: bool = False  # it ends its server
    is_asked_for: bool = False  # too long to be run unasked
