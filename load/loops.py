"""Two ways to keep asking: a closed loop, whose clients wait for their answers, and an open one, which waits for none.

Know neither a server nor what an answer is. `now` tells seconds, of the clock in which the caller's plan is made.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


async def open_loop(
    ask: Callable[[int, float], Coroutine[Any, Any, T]],
    *,
    plan: Sequence[float],
    began: float,
    now: Callable[[], float] = time.perf_counter,
) -> list[T]:
    """Call `ask(number, due)` when each is due, `plan` seconds after `began`, whatever became of those before.

    Who falls behind leaves out nothing that was due: it is asked at once, and `due` says since when it waits.
    Returns when the last answer has come.
    """
    tasks: list[asyncio.Task[T]] = []
    for number, moment in enumerate(plan):
        wait_s = began + moment - now()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        tasks.append(asyncio.create_task(ask(number, began + moment)))
    return list(await asyncio.gather(*tasks))


async def closed_loop(
    ask: Callable[[int], Awaitable[T]],
    *,
    num_clients: int,
    duration_s: float,
    now: Callable[[], float] = time.perf_counter,
) -> list[T]:
    """So many clients, each with one request after another, until the time is over; then the last answers are awaited.

    `ask` is called with the client's number.
    """
    until = now() + duration_s
    found: list[T] = []

    async def client(number: int) -> None:
        while now() < until:
            found.append(await ask(number))

    await asyncio.gather(*(client(number) for number in range(num_clients)))
    return found
