"""Clients in numbers: a closed loop, in which each waits for its answer, and an open loop, which waits for nobody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from load.storm.answer import BrokenAnswerError
from load.storm.connection import Pool
from load.storm.outcome import Fate, Outcome, fate_of

# Nobody waits for ever: a request without an answer by then is lost. Longer than any deadline of a storm.
PATIENCE_S = 60.0

NewRequest = Callable[[int], bytes]


async def ask(pool: Pool, raw: bytes, *, planned: float | None = None) -> Outcome:
    """One request that was due at `planned` (None: now), and what became of it, whatever the server does."""
    sent = time.perf_counter()
    due = sent if planned is None else planned
    try:
        async with asyncio.timeout(PATIENCE_S):
            answer = await pool.ask(raw)
    except (BrokenAnswerError, OSError):  # a TimeoutError is an OSError
        return Outcome(due, sent, time.perf_counter(), Fate.LOST)
    return Outcome(due, sent, time.perf_counter(), fate_of(answer), answer.status, answer.moments)


async def closed_loop(pool: Pool, new_request: NewRequest, *, num_clients: int, duration_s: float) -> list[Outcome]:
    """So many clients, each with one request after another, until the time is over; then the last answers are awaited.

    `new_request` is called with the client's number.
    """
    until = time.perf_counter() + duration_s
    outcomes: list[Outcome] = []

    async def client(number: int) -> None:
        while time.perf_counter() < until:
            outcomes.append(await ask(pool, new_request(number)))

    await asyncio.gather(*(client(number) for number in range(num_clients)))
    return outcomes


async def open_loop(pool: Pool, new_request: NewRequest, *, plan: Sequence[float], began: float) -> list[Outcome]:
    """Send each request when it is due, `plan` seconds after `began`, whatever became of those before.

    `new_request` is called with the request's number. Returns when the last answer has come.
    """
    tasks: list[asyncio.Task[Outcome]] = []
    for number, moment in enumerate(plan):
        wait_s = began + moment - time.perf_counter()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        tasks.append(asyncio.create_task(ask(pool, new_request(number), planned=began + moment)))
    return list(await asyncio.gather(*tasks))
