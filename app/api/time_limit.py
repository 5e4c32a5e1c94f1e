"""The header in which a client tells how much time it has left: X-Request-Timeout-Ms."""

from __future__ import annotations

import re
from typing import Any

from app.errors import InvalidRequestError

HEADER = "X-Request-Timeout-Ms"
MAX_TIMEOUT_MS = 86_400_000

_NUMBER = re.compile(rb"[0-9]{1,8}")


def time_limit_s(scope: Any) -> float | None:
    """Return the seconds that the client gives, counted from now; None if it says nothing.

    Milliseconds, not a point in time: the clocks of two machines differ. The server's own limit still holds.
    Raises: InvalidRequestError.
    """
    values = [value for name, value in scope["headers"] if name == HEADER.lower().encode()]
    if not values:
        return None
    if len(values) > 1 or not _NUMBER.fullmatch(values[0]) or not 1 <= int(values[0]) <= MAX_TIMEOUT_MS:
        raise InvalidRequestError(f"{HEADER} must be a whole number of milliseconds, 1 to {MAX_TIMEOUT_MS}")
    return int(values[0]) / 1000
