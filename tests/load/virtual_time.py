"""An event loop whose time is a number: it jumps to whatever is due next, so seconds cost nothing and are exact."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Clock:
    """Seconds. `now` is to be given to what is tested."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds


class _Jumping(selectors.SelectSelector):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everybody waits for somebody else"
        self._clock.seconds += max(0.0, timeout)
        return super().select(0)


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self, clock: Clock) -> None:
        self._virtual = clock
        super().__init__(_Jumping(clock))

    def time(self) -> float:
        return self._virtual.seconds


def run_virtual(main: Callable[[Clock], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end on a loop and a clock of its own."""
    clock = Clock()
    loop = _VirtualLoop(clock)
    try:
        return loop.run_until_complete(main(clock))
    finally:
        loop.close()
