"""How much of everything: the full run, and a short one for continuous integration."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

T = TypeVar("T")


class Scale(Enum):
    """Each experiment says beside its numbers what it takes at which scale."""

    FULL = "full"
    SHORT = "short"

    def pick(self, full: T, short: T) -> T:
        """The value for this scale."""
        return full if self is Scale.FULL else short
