"""Requests that nobody means well with. Each must be answered at once by a 4xx in OpenAI's shape, or cut off.

`CASES` is data; whoever sends a case opens a connection for it and reads until the server answers or closes.
"""

from __future__ import annotations

from dataclasses import replace

from load.hostile.bodies import body_cases
from load.hostile.case import OVERSIZE_BYTES, HostileCase
from load.hostile.framing import content_cases, framing_cases

__all__ = ["CASES", "HostileCase"]

CASES: tuple[HostileCase, ...] = tuple(
    replace(case, is_oversize=len(case.raw) > OVERSIZE_BYTES)
    for cases in (body_cases(), content_cases(), framing_cases())
    for case in cases
)
