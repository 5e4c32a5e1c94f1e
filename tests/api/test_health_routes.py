from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from app.api import health_routes
from app.errors import QueueFullError
from app.service.requests import Readiness
from tests.api.fake_service import FakeService


@pytest.mark.parametrize("reason", ["draining", "the engine died", ""])
async def test_not_ready_is_503_with_the_reason_while_alive_stays_200(
    client: httpx.AsyncClient, service: FakeService, reason: str
) -> None:
    assert (await client.get("/readyz")).json() == {"status": "ready"}
    service.state = Readiness(is_ready=False, reason=reason)
    service.chat.error = QueueFullError("full")
    response = await client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["error"]["message"] == (reason or "not ready")
    other_name = await client.get("/health")
    assert (other_name.status_code, other_name.json()) == (503, response.json())
    assert (await client.get("/healthz")).json() == {"status": "ok"}


async def test_alive_needs_no_service_at_all(app: FastAPI, client: httpx.AsyncClient) -> None:
    del app.state.service
    assert (await client.get("/healthz")).status_code == 200


def test_health_routes_run_on_the_loop_not_in_a_thread_that_could_be_busy() -> None:
    for endpoint in (health_routes.healthz, health_routes.readyz, health_routes.metrics):
        assert endpoint.__code__.co_flags & 0x80, f"{endpoint.__name__} is not async def"


async def test_metrics_are_in_prometheus_text_format(client: httpx.AsyncClient) -> None:
    response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE unblocked_requests_accepted_total counter" in response.text
