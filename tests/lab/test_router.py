"""The pitfall and the cure, by what the event loop could do meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.lab.lab import Lab
from app.lab.router import EXPLANATIONS, SOURCE_FIELD, build_lab_router
from app.lab.workload import MAX_CHARS, MAX_FORWARDS

DEADLINE_S = 120
SOME_WORK = {"num_forwards": 5, "num_chars": 400_000}
TOKENIZING_ONLY = {"num_forwards": 0, "num_chars": 800_000}


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    lab = Lab()
    yield lab
    await lab.close()


@pytest.fixture
async def client(lab: Lab) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state.lab = lab
    app.include_router(build_lab_router())
    transport = httpx.ASGITransport(app)
    async with asyncio.timeout(DEADLINE_S), httpx.AsyncClient(transport=transport, base_url="http://lab") as client:
        yield client


async def _fire(client: httpx.AsyncClient, endpoint: str, size: dict[str, int]) -> dict[str, Any]:
    response = await client.get(f"/lab/{endpoint}", params=size)
    report: dict[str, Any] = response.raise_for_status().json()
    return report


@pytest.mark.blocks_the_loop
async def test_the_loop_does_nothing_else_while_blocking_works(client: httpx.AsyncClient) -> None:
    report = await _fire(client, "blocking", SOME_WORK)
    assert report["loop_ticks"] == 0
    assert report["loop_possible_ticks"] > 10


@pytest.mark.parametrize("endpoint", ["threadpool", "offloaded", "process"])
async def test_the_loop_goes_on_while_the_work_is_elsewhere(client: httpx.AsyncClient, endpoint: str) -> None:
    report = await _fire(client, endpoint, SOME_WORK)
    assert report["loop_ticks"] >= 10


@pytest.mark.blocks_the_loop
async def test_a_thread_that_holds_the_gil_is_no_cure(client: httpx.AsyncClient) -> None:
    gil = await _fire(client, "gil", TOKENIZING_ONLY)
    offloaded = await _fire(client, "offloaded", TOKENIZING_ONLY)
    assert gil["num_tokens"] == offloaded["num_tokens"]
    assert offloaded["loop_ticks"] > 4 * gil["loop_ticks"]


@pytest.mark.blocks_the_loop
async def test_every_endpoint_does_the_same_work_and_explains_itself(client: httpx.AsyncClient) -> None:
    size = {"num_forwards": 1, "num_chars": 2000}
    reports = [await _fire(client, endpoint, size) for endpoint in EXPLANATIONS]
    assert len({report["num_tokens"] for report in reports}) == 1
    assert all(report["torch_ms"] > 0 and report["num_tokens"] > 0 for report in reports)
    assert [report["explanation"] for report in reports] == list(EXPLANATIONS.values())


async def test_the_document_of_the_api_shows_each_handler_as_it_stands(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    sources = {name: paths[f"/lab/{name}"]["get"][SOURCE_FIELD] for name in EXPLANATIONS}
    assert sources["blocking"] == "async def blocking(job: Job) -> LabReport:\n    return job.run(ENCODE_BATCH)"
    assert all(f"def {name}(job: Job)" in source for name, source in sources.items())


@pytest.mark.parametrize(
    "size",
    [{"num_forwards": MAX_FORWARDS + 1}, {"num_chars": MAX_CHARS + 1}, {"num_forwards": -1}, {"num_chars": -1}],
)
async def test_work_beyond_the_caps_is_refused(client: httpx.AsyncClient, size: dict[str, int]) -> None:
    response = await client.get("/lab/offloaded", params=size)
    assert response.status_code == 422
