"""A call in a thread that may take only so long: a thread can't be ended, only left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from app.errors import EngineStalledError

P = ParamSpec("P")
T = TypeVar("T")

# Counted in beats of the loop, so that a process that was stopped as a whole and goes on is not taken for a stall.
_BEATS = 4


async def to_thread_within(stall_s: float, func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a call as `asyncio.to_thread` does, on the caller's lane.

    Cancel: the thread goes on. Raises: EngineStalledError, after stall_s seconds; what the call raises.
    """
    call = asyncio.ensure_future(asyncio.to_thread(func, *args, **kwargs))
    try:
        for _ in range(_BEATS):
            done, _waiting = await asyncio.wait([call], timeout=stall_s / _BEATS)
            if done:
                return call.result()
    finally:
        call.cancel()
    raise EngineStalledError(f"a call in a thread has not ended for {stall_s:g} s")
