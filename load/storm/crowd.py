"""Clients in numbers, in a closed or an open loop, and what became of each of their requests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from load import loops
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
    """load.loops' closed loop over one pool. `new_request` is called with the client's number."""
    return await loops.closed_loop(
        lambda number: ask(pool, new_request(number)), num_clients=num_clients, duration_s=duration_s
    )


async def open_loop(pool: Pool, new_request: NewRequest, *, plan: Sequence[float], began: float) -> list[Outcome]:
    """load.loops' open loop over one pool. `new_request` is called with the request's number."""
    return await loops.open_loop(
        lambda number, due: ask(pool, new_request(number), planned=due), plan=plan, began=began
    )
