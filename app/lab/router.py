"""GET /lab/...: the same work on five different places, and what became of the event loop meanwhile."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from app.lab import worker
from app.lab.job import LabJob, LabReport
from app.lab.ticks import count_ticks
from app.lab.workload import MAX_CHARS, MAX_FORWARDS, JobSize, Tokenizing

EXPLANATIONS = {
    "blocking": "async def calls the work itself: the loop runs the work and nothing else, so every client waits.",
    "threadpool": "A plain def runs in the framework's thread pool: the loop is free while the work releases the GIL.",
    "offloaded": "asyncio.to_thread around calls that release the GIL (torch, encode_batch): the loop stays free.",
    "gil": "asyncio.to_thread around encode(), which holds the GIL: another thread, and the loop stops all the same.",
    "process": "The work runs in another process, with a GIL of its own: the loop stays free whatever the work is.",
}
# What the OpenAPI document says of these endpoints besides: the handler as it stands here, for the page to show.
SOURCE_FIELD = "x-handler"

ENCODE, ENCODE_BATCH = Tokenizing.ENCODE, Tokenizing.ENCODE_BATCH


async def _job(  # a plain def would run in a thread of its own
    request: Request,
    num_forwards: Annotated[int, Query(ge=0, le=MAX_FORWARDS, description="Forwards of a small transformer.")] = 25,
    num_chars: Annotated[int, Query(ge=0, le=MAX_CHARS, description="Characters of text to tokenize.")] = 1_000_000,
) -> AsyncIterator[LabJob]:
    endpoint = request.scope["route"].name
    async with count_ticks() as ticks:
        yield LabJob(
            lab=request.app.state.lab,
            size=JobSize(num_forwards=num_forwards, num_chars=num_chars),
            ticks=ticks,
            endpoint=endpoint,
            explanation=EXPLANATIONS[endpoint],
        )


Job = Annotated[LabJob, Depends(_job)]


async def blocking(job: Job) -> LabReport:
    return job.run(ENCODE_BATCH)


def threadpool(job: Job) -> LabReport:
    return job.run(ENCODE_BATCH)


async def offloaded(job: Job) -> LabReport:
    return await asyncio.to_thread(job.run, ENCODE_BATCH)


async def gil(job: Job) -> LabReport:
    return await asyncio.to_thread(job.run, ENCODE)


async def process(job: Job) -> LabReport:
    pool = await job.lab.pool()
    result = await pool.run(worker.run, job.begin())
    return job.report(result)


def _serve(router: APIRouter, handler: Callable[..., Any]) -> None:
    router.add_api_route(
        f"/{handler.__name__}",
        handler,
        description=EXPLANATIONS[handler.__name__],
        openapi_extra={SOURCE_FIELD: inspect.getsource(handler).rstrip()},
    )


def build_lab_router() -> APIRouter:
    """The five endpoints, for an application whose `state.lab` is a Lab. QueueFullError, when the lab is busy."""
    router = APIRouter(prefix="/lab", tags=["lab"])
    for handler in (blocking, threadpool, offloaded, gil, process):
        _serve(router, handler)
    return router
