"""A call in a thread is waited for only so long, and what it says comes through."""

from __future__ import annotations

import asyncio
import threading

import pytest

from app.errors import EngineStalledError
from app.service.stall_limit import to_thread_within

DEADLINE_S = 20.0


async def test_a_call_that_ends_gives_its_result_or_its_error() -> None:
    assert await to_thread_within(DEADLINE_S, int, "7", base=8) == 7
    with pytest.raises(ValueError, match="x"):
        await to_thread_within(DEADLINE_S, int, "x")


async def test_a_call_that_does_not_end_is_left_behind() -> None:
    may_end, has_ended = threading.Event(), threading.Event()

    def call() -> None:
        may_end.wait(DEADLINE_S)
        has_ended.set()

    with pytest.raises(EngineStalledError, match=r"0\.01 s"):
        await to_thread_within(0.01, call)
    may_end.set()
    assert await asyncio.to_thread(has_ended.wait, DEADLINE_S)


async def test_a_cancel_does_not_wait_for_the_thread() -> None:
    may_end, has_begun = threading.Event(), threading.Event()

    def call() -> bool:
        has_begun.set()
        return may_end.wait(DEADLINE_S)

    task = asyncio.create_task(to_thread_within(DEADLINE_S, call))
    assert await asyncio.to_thread(has_begun.wait, DEADLINE_S)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    may_end.set()
