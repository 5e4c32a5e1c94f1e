"""GET /healthz, /readyz, /health, /metrics. Alive means that the loop runs; ready, that the engine makes progress."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.api.answer_schemas import ErrorAnswer, Health
from app.api.error_table import plain_error_object
from app.api.service_protocol import ServiceLike, service_of
from app.observability.metrics import CONTENT_TYPE, Metrics

router = APIRouter(tags=["health"])

# Open to everybody: an orchestrator has no key, and they say nothing but whether to send traffic here.
ALIVE_PATH = "/healthz"
HEALTH_PATHS = frozenset({ALIVE_PATH, "/readyz", "/health"})

ALIVE = orjson.dumps({"status": "ok"})
HEALTH_HEADERS = {"Cache-Control": "no-store"}
_READY = orjson.dumps({"status": "ready"})


@router.get(ALIVE_PATH, summary="Is the event loop alive?", response_model=Health)
async def healthz() -> Response:
    """Answer at once, whatever the engine or the queues do. The door does so for most; the rest come here."""
    return Response(ALIVE, media_type="application/json", headers=HEALTH_HEADERS)


@router.get("/readyz", summary="Should it get traffic?", response_model=Health, responses={503: {"model": ErrorAnswer}})
async def readyz(service: Annotated[ServiceLike, Depends(service_of)]) -> Response:
    """Answer 503, with the reason, while starting, draining, or after the engine died."""
    readiness = service.readiness()
    body = _READY
    if not readiness.is_ready:
        body = orjson.dumps(plain_error_object(readiness.reason or "not ready", kind="server_error", code="not_ready"))
    return Response(
        body,
        status_code=200 if readiness.is_ready else 503,
        media_type="application/json",
        headers=HEALTH_HEADERS,
    )


# By this name vLLM, llama.cpp and TGI say whether they can serve, and load testers and gateways ask for it.
router.get("/health", summary="The same as /readyz", response_model=Health, responses={503: {"model": ErrorAnswer}})(
    readyz
)


@router.get("/metrics", summary="Meters for Prometheus", response_class=Response)
async def metrics(request: Request) -> Response:
    """Return all meters in Prometheus' text format."""
    meters: Metrics = request.app.state.metrics
    return Response(meters.render(), media_type=CONTENT_TYPE)
