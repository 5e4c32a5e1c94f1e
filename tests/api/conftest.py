from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from app.main import create_app
from app.settings import Settings
from tests.api.fake_service import FakeService, make_factory


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def settings() -> Settings:
    return Settings(max_body_bytes=1_000_000, sse_ping_interval_s=3600, _env_file=None)


@pytest.fixture
def app(service: FakeService, settings: Settings) -> FastAPI:
    """The application, its service in place, its lifespan not run."""
    app = create_app(settings, service_factory=make_factory(service))
    app.state.service = service
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=10) as client:
        yield client
