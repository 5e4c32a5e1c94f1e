from __future__ import annotations

import asyncio
import logging
import pickle
import re
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from app import main
from app.concurrency.lanes import LanedExecutor
from app.errors import DrainingError, ModelLoadError
from app.main import create_app
from app.observability.metrics import Metrics
from app.settings import Settings
from tests.api.asgi_call import AsgiCall
from tests.api.fake_service import FakeService, make_factory

DEADLINE_S = 10.0


def make_settings(**fields: Any) -> Settings:
    return Settings(_env_file=None, **fields)


async def test_the_lifespan_builds_bottom_up_and_closes_in_reverse() -> None:
    service = FakeService()
    app = create_app(make_settings(num_shared_threads=3), service_factory=make_factory(service))
    executors: list[Any] = []
    async with asyncio.timeout(DEADLINE_S):
        async with app.router.lifespan_context(app):
            executor = asyncio.get_running_loop()._default_executor  # type: ignore[attr-defined]
            executors.append(executor)
            assert service.calls == ["start"]
            assert await asyncio.to_thread(lambda: 5) == 5
            call = AsgiCall(app, path="/readyz", method="GET")
            await call.run()
            assert call.status == 200
    assert service.calls == ["start", "begin_drain", "close"]
    (executor,) = executors
    assert isinstance(executor, LanedExecutor)
    with pytest.raises(RuntimeError):
        executor.submit(print)


async def test_a_service_that_fails_to_start_is_closed_and_the_reason_kept() -> None:
    class Failing(FakeService):
        async def start(self) -> None:
            raise ModelLoadError("no weights")

    service = Failing()
    app = create_app(make_settings(), service_factory=make_factory(service))
    with pytest.raises(ModelLoadError):
        async with asyncio.timeout(DEADLINE_S), app.router.lifespan_context(app):
            pytest.fail("the application started")
    assert service.calls == ["close"]
    assert isinstance(app.state.start_error, ModelLoadError)


async def test_a_start_that_is_cut_short_closes_the_service_and_says_why() -> None:
    class Starting(FakeService):
        async def start(self) -> None:
            app.state.start.cancel()
            await asyncio.Event().wait()

    service = Starting()
    app = create_app(make_settings(), service_factory=make_factory(service))
    with pytest.raises(DrainingError):
        async with asyncio.timeout(DEADLINE_S), app.router.lifespan_context(app):
            pytest.fail("the application started")
    assert service.calls == ["close"]
    assert isinstance(app.state.start_error, DrainingError)


async def test_a_start_tells_where_its_time_went(caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(make_settings(model="models/tutor"), service_factory=make_factory(FakeService()))
    with caplog.at_level(logging.INFO, logger="app.main"):
        async with asyncio.timeout(DEADLINE_S), app.router.lifespan_context(app):
            pass
    (line,) = [record.getMessage() for record in caplog.records if "is ready" in record.getMessage()]
    number = r"\d+\.\d+"
    stages = ("Python and web framework", "torch and transformers", "model", "API document")
    assert re.fullmatch(
        rf"tutor is ready after {number} s \({number} of CPU\): " + ", ".join(f"{name} {number}" for name in stages),
        line,
    )


async def test_the_service_and_the_routes_share_their_meters() -> None:
    seen: list[Metrics] = []

    def build(_settings: Settings, metrics: Metrics) -> FakeService:
        seen.append(metrics)
        return FakeService()

    app = create_app(make_settings(), service_factory=build)
    async with asyncio.timeout(DEADLINE_S), app.router.lifespan_context(app):
        seen[0].request_accepted()
        call = AsgiCall(app, path="/metrics", method="GET")
        await call.run()
    assert "unblocked_requests_accepted_total 1.0" in call.text


async def test_the_event_loops_tasks_are_among_the_meters() -> None:
    async def num_tasks() -> float:
        call = AsgiCall(app, path="/metrics", method="GET")
        await call.run()
        metrics: Metrics = app.state.metrics
        return metrics.value("unblocked_event_loop_tasks")

    app = create_app(make_settings(), service_factory=make_factory(FakeService()))
    async with asyncio.timeout(DEADLINE_S), app.router.lifespan_context(app):
        before = await num_tasks()
        task = asyncio.create_task(asyncio.Event().wait())
        assert await num_tasks() == before + 1
        task.cancel()
        await asyncio.wait([task])
        assert await num_tasks() == before >= 1


def test_two_applications_in_one_process_share_nothing() -> None:
    one, other = (create_app(make_settings(), service_factory=make_factory(FakeService())) for _ in range(2))
    assert one.state.metrics is not other.state.metrics


def test_importing_the_application_loads_no_torch_and_starts_nothing() -> None:
    code = (
        "import sys, threading, app.main, app.__main__\n"
        "assert not {'torch', 'transformers', 'tokenizers'} & sys.modules.keys()\n"
        "assert threading.active_count() == 1\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_create_app_and_its_settings_can_be_pickled_by_reference() -> None:
    build, settings = pickle.loads(pickle.dumps((create_app, make_settings(port=1))))
    assert build is main.create_app
    assert settings == make_settings(port=1)


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_lab_is_there_only_when_asked_for_and_needs_no_local_model(is_enabled: bool) -> None:
    app = create_app(make_settings(model="org/somewhere-else", lab_enabled=is_enabled))
    assert any(path.startswith("/lab/") for path in app.openapi()["paths"]) is is_enabled


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"model": "models/tutor"}, "tutor"),
        ({"model": "models/tutor/"}, "tutor"),
        ({"model": "Qwen/Qwen3-0.6B"}, "Qwen3-0.6B"),
        ({"model": "a/b", "served_model_name": "c"}, "c"),
    ],
)
def test_a_model_is_named_by_the_last_part_of_its_path(fields: dict[str, str], name: str) -> None:
    assert main.model_name(make_settings(**fields)) == name


@pytest.mark.blocks_the_loop
async def test_a_request_that_holds_the_loop_is_logged_with_its_route_and_line_and_no_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = create_app(make_settings(loop_hold_log_ms=100), service_factory=make_factory(FakeService()))
    seen = threading.Event()

    @app.get("/slow/{word}")
    async def slow(word: str) -> None:
        time.sleep(0.4)  # noqa: ASYNC251 the pitfall itself

    class Seen(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.set()

    handler = Seen()
    logging.getLogger("app.observability.hold_report").addHandler(handler)
    async with asyncio.timeout(DEADLINE_S), app.router.lifespan_context(app):
        await AsgiCall(app, path="/slow/canary", method="GET").run()
        assert await asyncio.to_thread(seen.wait, DEADLINE_S)
    logging.getLogger("app.observability.hold_report").removeHandler(handler)
    text = caplog.text
    assert "by GET /slow/{word} [" in text
    assert "test_main.py:" in text
    assert "canary" not in text
