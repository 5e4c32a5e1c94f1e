"""The OpenAPI document is kept: what it allows and what it forbids is sent; each answer must be one that it names."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis import BaseSchema, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.python.asgi import HOST, shutdown_lifespans
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.main import create_app
from app.observability.metrics import Metrics
from app.service.service import Service
from app.service.service_options import ServiceOptions
from app.settings import Settings
from tests.service.fake_engine import INFO, FakeEngine

MAX_EXAMPLES = 30  # of each operation


def app_with_fake_engine(model: Path) -> FastAPI:
    """All that is served, but for the model: answers have twenty tokens at most."""

    def build() -> FakeEngine:
        engine = FakeEngine([10] * 20)
        engine.info = dataclasses.replace(INFO, max_model_len=4096)
        return engine

    def build_service(settings: Settings, metrics: Metrics) -> Service:
        values: dict[str, Any] = {**dict(settings), "served_model_name": "fake"}
        options = ServiceOptions(**{field.name: values[field.name] for field in dataclasses.fields(ServiceOptions)})
        return Service(options, metrics, build=lambda _options: build())

    fields = Settings(_env_file=None, model=str(model), served_model_name="fake", trusted_hosts=HOST)
    return create_app(fields, service_factory=build_service)


@pytest.fixture(scope="module")
def document(random_model: Path) -> Iterator[BaseSchema]:
    """The document, and the application behind it, which starts with the first call."""
    yield schemathesis.openapi.from_asgi("/openapi.json", app_with_fake_engine(random_model))
    shutdown_lifespans()


@pytest.mark.parametrize("mode", GenerationMode)
def test_every_answer_is_one_that_the_document_names(document: BaseSchema, mode: GenerationMode) -> None:
    operations = [found.ok() for found in document.get_all_operations() if isinstance(found, Ok)]
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.path_parameters):
            continue  # takes nothing that could be wrong

        @given(operation.as_strategy(generation_mode=mode))
        @settings(max_examples=MAX_EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def send(case: Any) -> None:
            if mode is GenerationMode.POSITIVE and isinstance(case.body, dict) and case.body.get("model"):
                case.body["model"] = "fake"  # the document can't say which there is; any other is a 404
            answer = case.call()
            if (
                answer.status_code != 413
            ):  # too large to be looked at is refused all right, which the check does not know
                case.validate_response(answer, excluded_checks=[positive_data_acceptance])

        send()
    assert len(operations) >= 8
