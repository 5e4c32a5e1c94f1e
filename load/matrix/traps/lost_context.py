"""Trap: `run_in_executor` loses context variables, such as a request's id for the log; `to_thread` takes them along."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar, copy_context

from load.matrix.experiment import Experiment, Verdict
from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale
from load.matrix.traps.sprung import MENDED, TRAP, figure, message_of, sprung

request_id: ContextVar[str] = ContextVar("request_id")


async def trap() -> str:
    request_id.set("r-1")
    return await asyncio.get_running_loop().run_in_executor(None, request_id.get)


async def mended() -> str:
    request_id.set("r-1")
    return await asyncio.to_thread(request_id.get)


async def mended_in_own_pool() -> str:
    """For a pool of one's own: run it in a copy of the context."""
    request_id.set("r-1")
    return await asyncio.get_running_loop().run_in_executor(None, copy_context().run, request_id.get)


_WAYS: dict[str, Callable[[], Awaitable[str]]] = {
    TRAP: trap,
    MENDED: mended,
    "mended with copy_context().run": mended_in_own_pool,
}


def measure(scale: Scale) -> list[Figure]:
    async def run(way: Callable[[], Awaitable[str]]) -> None:
        assert await way() == "r-1"

    return [figure(name, message_of(lambda way=way: asyncio.run(run(way)))) for name, way in _WAYS.items()]  # type: ignore[misc]


def judge(figures: Figures) -> list[Verdict]:
    return [
        sprung("to_thread is run_in_executor, only shorter: it also takes the context along", figures),
    ]


EXPERIMENT = Experiment("Trap: context variables in run_in_executor", measure, judge)
