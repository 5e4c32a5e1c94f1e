"""The composition root: builds the application from settings, bottom up, and closes it in reverse."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from app import __version__
from app.api import health_routes, model_routes, token_routes, vllm_token_routes
from app.api.api_keys import KeyRing, check_names, parse_keys
from app.api.auth import Authentication
from app.api.body_limit import BodyLimit
from app.api.chat_routes import build_chat_router
from app.api.door import Door
from app.api.edge import Edge
from app.api.embedding_routes import build_embedding_router
from app.api.error_answers import add_error_answers
from app.api.health_routes import HEALTH_PATHS
from app.api.origins import OriginCheck, TrustedNames
from app.api.page_routes import PAGE_PATHS, build_page_router
from app.api.rate_limiting import RateLimiting
from app.api.rate_limits import RateLimits
from app.api.refusals import DrainSwitch, Refusals
from app.api.response_routes import build_response_router
from app.api.service_protocol import ServiceLike
from app.api.text_routes import build_text_router
from app.concurrency.collector import collector_resting_for, keep_all_for_good
from app.concurrency.lanes import LanedExecutor
from app.errors import ConfigurationError, DrainingError, UnblockedError
from app.observability.loop_watch import LoopWatch
from app.observability.metrics import Metrics
from app.observability.start_clock import StartClock
from app.settings import Settings

log = logging.getLogger(__name__)

ServiceFactory = Callable[[Settings, Metrics], ServiceLike]

_JOIN_TIMEOUT_S = 1.0  # what calls in threads get to end at the very end

_DESCRIPTION = "OpenAI-style chat completions from synchronous torch inference, on an event loop that never blocks."


def create_app(settings: Settings, *, service_factory: ServiceFactory | None = None) -> FastAPI:
    """Return the application; nothing is loaded or started before its lifespan begins.

    `service_factory` is the seam for tests and forks: it builds the service that is served.
    """
    clock = StartClock()
    clock.lap("Python and web framework")
    metrics = Metrics()
    app = FastAPI(
        title="Unblocked",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=_build_lifespan(settings, metrics, service_factory or build_service_from),
        docs_url=None,
        redoc_url=None,
    )
    app.state.metrics = metrics
    app.state.loop_watch = LoopWatch(metrics.loop_delay, threshold_s=settings.loop_hold_log_ms / 1000 or math.inf)
    app.state.drain = DrainSwitch()
    app.state.lab = None
    app.state.ignores_unknown_fields = settings.unknown_fields == "ignore"
    app.state.start_error = None
    app.state.start = StartTask()
    app.state.start_clock = clock
    keys = read_keys(settings)
    names = TrustedNames([*_words(settings.trusted_hosts), settings.host])
    app.state.door = Door(
        keys=keys,
        names=names,
        metrics=metrics,
        chat=lambda: app.state.service.chat,
        loop_delay_since=app.state.loop_watch.delay_since,
    )
    for build_router in (build_chat_router, build_response_router):
        app.include_router(
            build_router(
                model_name=model_name(settings),
                ping_interval_s=settings.sse_ping_interval_s,
                default_max_tokens=settings.default_max_tokens,
            )
        )
    app.include_router(build_text_router(model_name=model_name(settings), ping_interval_s=settings.sse_ping_interval_s))
    app.include_router(build_embedding_router(model_name=Path(settings.embedding_model or "embedding").name))
    for router in (
        model_routes.router,
        token_routes.router,
        vllm_token_routes.router,
        health_routes.router,
        build_page_router(),
    ):
        app.include_router(router)
    if settings.lab_enabled:
        _add_lab(app)
    add_error_answers(app)
    _add_layers(app, settings, metrics, keys=keys, names=names)
    return app


def _add_layers(app: FastAPI, settings: Settings, metrics: Metrics, *, keys: KeyRing, names: TrustedNames) -> None:
    """Put the ASGI layers around the routes, from the innermost to the outermost."""
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes, timeout_s=settings.body_timeout_s)
    app.add_middleware(
        RateLimiting,
        limits=RateLimits(
            requests_per_minute=settings.requests_per_minute, tokens_per_minute=settings.tokens_per_minute
        ),
    )
    app.add_middleware(Authentication, keys=keys, open_paths=open_paths(settings))
    app.add_middleware(Refusals, drain=app.state.drain, open_paths=HEALTH_PATHS | {"/metrics"})
    cors_origins = _words(settings.cors_origins)
    if cors_origins:
        # Without credentials: keys come in a header that a page must set itself, so "*" gives nothing away.
        app.add_middleware(
            CORSMiddleware, allow_origins=cors_origins, allow_methods=["*"], allow_headers=["*"], expose_headers=["*"]
        )
    app.add_middleware(
        OriginCheck,
        names=names,
        cors_origins=cors_origins,
        open_paths=HEALTH_PATHS | PAGE_PATHS,
    )
    app.add_middleware(Edge, metrics=metrics, loop_delay_since=app.state.loop_watch.delay_since)


def begin_drain(app: FastAPI) -> None:
    """Refuse new work from now on, and let the service finish what it has. Idempotent."""
    app.state.drain.throw()
    app.state.service.begin_drain()


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def open_paths(settings: Settings) -> frozenset[str]:
    """Return the paths that need no API key; all others do, those that do not exist too."""
    return HEALTH_PATHS | PAGE_PATHS | ({"/metrics"} if settings.metrics_without_key else frozenset())


def read_keys(settings: Settings) -> KeyRing:
    """Return the API keys of the file and of the environment. Raises: ConfigurationError."""
    text = ""
    if settings.api_keys_file is not None:
        try:
            text = Path(settings.api_keys_file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"api_keys_file can't be read: {type(error).__name__}") from error
    keys = parse_keys(text, source="api_keys_file") + parse_keys(settings.api_keys, source="api_keys")
    check_names(keys, source="api_keys_file and api_keys")
    if settings.api_keys_file is not None and not keys:
        raise ConfigurationError("api_keys_file has no key in it; leave it out to serve everybody")
    return KeyRing(keys)


class StartTask:
    """The start of the service, which a signal may cut short. Thread: the event loop's."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._is_cancelled = False

    def cancel(self) -> None:
        """Start no more; a model that is being loaded keeps its thread until it is. Idempotent."""
        self._is_cancelled = True
        if self._task is not None:
            self._task.cancel()

    async def run(self, service: ServiceLike) -> None:
        """Start the service. Raises: DrainingError, if that was cut short; what its start raises."""
        self._task = asyncio.create_task(service.start(), name="service-start")
        if self._is_cancelled:
            self._task.cancel()
        await asyncio.wait([self._task])
        if self._is_cancelled and self._task.cancelled():
            raise DrainingError("a signal came before the service had started")
        await self._task


def model_name(settings: Settings) -> str:
    """Return the model's name on the wire: as set, or the last part of its path or hub id."""
    return settings.served_model_name or Path(settings.model).name


def build_service_from(settings: Settings, metrics: Metrics) -> ServiceLike:
    """Build the real service; of the settings it gets those that its options name."""
    with collector_resting_for("app.service.service"):
        from app.service.service import build_service  # imports torch: only when it is really served
    from app.service.service_options import ServiceOptions

    values: dict[str, Any] = {
        **dict(settings),
        "served_model_name": model_name(settings),
        "cache_folder": settings.cache_path,
    }
    options = ServiceOptions(**{field.name: values[field.name] for field in fields(ServiceOptions)})
    return build_service(options, metrics)


def _build_lifespan(settings: Settings, metrics: Metrics, service_factory: ServiceFactory) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            executor = LanedExecutor(settings.num_shared_threads, join_timeout_s=_JOIN_TIMEOUT_S)
            asyncio.get_running_loop().set_default_executor(executor)
            stack.callback(executor.shutdown, wait=True, cancel_futures=True)
            if app.state.lab is not None:
                stack.push_async_callback(app.state.lab.close)
            clock: StartClock = app.state.start_clock
            try:
                service = service_factory(settings, metrics)
                clock.lap("torch and transformers")
                stack.push_async_callback(service.close)
                await app.state.start.run(service)
            except UnblockedError as error:
                app.state.start_error = error  # for the command line, which says it in one line
                raise
            app.state.service = service
            clock.lap("model")
            app.openapi()  # kept from now on: its first reader would hold the loop for 200 ms
            keep_all_for_good()  # before anything watches the loop, which this holds
            clock.lap("API document")
            await stack.enter_async_context(app.state.loop_watch)
            loop = asyncio.get_running_loop()
            metrics.watch_tasks(lambda: len(asyncio.all_tasks(loop)))
            log.info("%s is ready after %s", model_name(settings), clock)
            yield
            begin_drain(app)

    return lifespan


def _add_lab(app: FastAPI) -> None:
    with collector_resting_for("app.lab.lab"):
        from app.lab.lab import Lab  # imports torch
    from app.lab.router import build_lab_router

    app.state.lab = Lab()
    app.include_router(build_lab_router())
