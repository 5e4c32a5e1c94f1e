"""GET /lab/...: the same work on five different places, and what became of the event loop meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from app.lab import worker
from app.lab.lab import Lab
from app.lab.ticks import LoopTicks, count_ticks
from app.lab.workload import MAX_CHARS, MAX_FORWARDS, JobResult, JobSize, Tokenizing

EXPLANATIONS = {
    "blocking": "async def calls the work itself: the loop runs the work and nothing else, so every client waits.",
    "threadpool": "a plain def runs in the framework's thread pool: the loop is free while the work releases the GIL.",
    "offloaded": "asyncio.to_thread around calls that release the GIL (torch, encode_batch): the loop stays free.",
    "gil": "asyncio.to_thread around encode(), which holds the GIL: another thread, and the loop stops all the same.",
    "process": "the work runs in another process, with a GIL of its own: the loop stays free whatever the work is.",
}


class LabReport(BaseModel):
    """How long the work took, and what the event loop could do meanwhile."""

    endpoint: str
    took_ms: float = Field(description="From the start of the work to its end, as the handler saw it.")
    torch_ms: float = Field(description="The torch forwards alone.")
    tokenize_ms: float = Field(description="The tokenizing alone.")
    num_tokens: int
    loop_max_delay_ms: float = Field(description="How late the event loop woke at worst while the work ran.")
    loop_ticks: int = Field(description="How often the loop could do something else meanwhile.")
    loop_possible_ticks: int = Field(description="How often an idle loop could have.")
    explanation: str


async def _job_size(  # a plain def would run in a thread of its own
    num_forwards: Annotated[int, Query(ge=0, le=MAX_FORWARDS, description="Forwards of a small transformer.")] = 25,
    num_chars: Annotated[int, Query(ge=0, le=MAX_CHARS, description="Characters of text to tokenize.")] = 1_000_000,
) -> JobSize:
    return JobSize(num_forwards=num_forwards, num_chars=num_chars)


async def _ticks() -> AsyncIterator[LoopTicks]:
    async with count_ticks() as ticks:
        yield ticks


Size = Annotated[JobSize, Depends(_job_size)]
Ticks = Annotated[LoopTicks, Depends(_ticks)]


def build_lab_router(lab: Lab) -> APIRouter:
    """The five endpoints. They raise QueueFullError when the lab is busy; the caller closes the lab."""
    router = APIRouter(prefix="/lab", tags=["lab"])

    @router.get("/blocking", description=EXPLANATIONS["blocking"])
    async def blocking(size: Size, ticks: Ticks) -> LabReport:
        ticks.begin()
        result = lab.run_here(size, Tokenizing.ENCODE_BATCH)
        return _report("blocking", result, ticks)

    @router.get("/threadpool", description=EXPLANATIONS["threadpool"])
    def threadpool(size: Size, ticks: Ticks) -> LabReport:
        ticks.begin()
        result = lab.run_here(size, Tokenizing.ENCODE_BATCH)
        return _report("threadpool", result, ticks)

    @router.get("/offloaded", description=EXPLANATIONS["offloaded"])
    async def offloaded(size: Size, ticks: Ticks) -> LabReport:
        ticks.begin()
        result = await asyncio.to_thread(lab.run_here, size, Tokenizing.ENCODE_BATCH)
        return _report("offloaded", result, ticks)

    @router.get("/gil", description=EXPLANATIONS["gil"])
    async def gil(size: Size, ticks: Ticks) -> LabReport:
        ticks.begin()
        result = await asyncio.to_thread(lab.run_here, size, Tokenizing.ENCODE)
        return _report("gil", result, ticks)

    @router.get("/process", description=EXPLANATIONS["process"])
    async def process(size: Size, ticks: Ticks) -> LabReport:
        pool = await lab.pool()
        ticks.begin()
        result = await pool.run(worker.run, size)
        return _report("process", result, ticks)

    return router


def _report(endpoint: str, result: JobResult, ticks: LoopTicks) -> LabReport:
    loop = ticks.report()
    return LabReport(
        endpoint=endpoint,
        took_ms=round(loop.took_ms, 1),
        torch_ms=round(result.torch_ms, 1),
        tokenize_ms=round(result.tokenize_ms, 1),
        num_tokens=result.num_tokens,
        loop_max_delay_ms=round(loop.max_delay_ms, 1),
        loop_ticks=loop.num_ticks,
        loop_possible_ticks=loop.num_possible_ticks,
        explanation=EXPLANATIONS[endpoint],
    )
