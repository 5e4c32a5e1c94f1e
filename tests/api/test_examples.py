from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.main import create_app
from app.settings import Settings
from tests.api.fake_service import FakeService, make_factory


def documented(app: FastAPI) -> list[tuple[str, str, str, Any]]:
    """Return (method, path, name, body) of every example in the OpenAPI document."""
    found: list[tuple[str, str, str, Any]] = []
    for path, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            found += [(method, path, name, each["value"]) for name, each in content.get("examples", {}).items()]
    return found


async def test_every_example_works_as_it_stands(app: FastAPI, client: httpx.AsyncClient) -> None:
    examples = documented(app)
    assert {path for _, path, _, _ in examples} == {
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/tokenize",
        "/v1/detokenize",
        "/tokenize",
        "/detokenize",
    }
    for method, path, name, body in examples:
        response = await client.request(method, path, json=body)
        assert response.status_code == 200, f"{path} {name}: {response.text}"


def test_every_route_that_takes_a_body_has_examples_and_every_route_a_summary(app: FastAPI) -> None:
    with_examples = {path for _, path, _, _ in documented(app)}
    for path, operations in app.openapi()["paths"].items():
        for operation in operations.values():
            assert operation["summary"]
            assert ("requestBody" in operation) == (path in with_examples)


def test_examples_name_the_model_that_is_served(service: FakeService) -> None:
    settings = Settings(model="org/Some-Model", _env_file=None)
    app = create_app(settings, service_factory=make_factory(service))
    names = {body["model"] for _, path, _, body in documented(app) if path == "/v1/chat/completions"}
    assert names == {"Some-Model"}


@pytest.mark.parametrize("status", ["422"])
def test_the_document_promises_no_status_that_is_never_sent(app: FastAPI, status: str) -> None:
    for operations in app.openapi()["paths"].values():
        for operation in operations.values():
            assert status not in operation["responses"]
