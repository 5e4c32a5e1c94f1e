from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from app.api.disconnect import CancelOnDisconnect

DEADLINE_S = 5.0


async def left() -> Any:
    return {"type": "http.disconnect"}


async def stays() -> Any:
    await asyncio.Event().wait()


async def test_the_block_is_cancelled_when_the_client_leaves() -> None:
    with pytest.raises(ClientDisconnect):
        async with asyncio.timeout(DEADLINE_S), CancelOnDisconnect(left):
            await asyncio.Event().wait()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)  # no cancel is left behind


async def test_a_cancel_from_elsewhere_passes_through() -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with CancelOnDisconnect(stays):
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    async with asyncio.timeout(DEADLINE_S):
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_an_error_of_the_block_passes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        async with CancelOnDisconnect(stays):
            raise ZeroDivisionError


async def test_nothing_is_cancelled_after_watching_stopped() -> None:
    async with asyncio.timeout(DEADLINE_S), CancelOnDisconnect(left) as client:
        client.stop_watching()
        for _ in range(5):
            await asyncio.sleep(0)


async def test_late_pieces_of_a_body_are_not_taken_for_a_disconnect() -> None:
    messages = iter([{"type": "http.request"}, {"type": "http.request"}, {"type": "http.disconnect"}])
    num_received = 0

    async def receive() -> Any:
        nonlocal num_received
        num_received += 1
        return next(messages)

    with pytest.raises(ClientDisconnect):
        async with asyncio.timeout(DEADLINE_S), CancelOnDisconnect(receive):
            await asyncio.Event().wait()
    assert num_received == 3
