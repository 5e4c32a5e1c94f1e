"""One table from errors to HTTP: status, OpenAI's error type, OpenAI's short code. A test proves it complete."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from app import errors

MAX_MESSAGE_CHARS = 800
MAX_PARAM_CHARS = 128


@dataclass(frozen=True, slots=True)
class HttpError:
    """How an error class looks on the wire."""

    status: int
    type: str
    code: str | None


ERROR_TABLE: Mapping[type[errors.UnblockedError], HttpError] = {
    errors.InvalidRequestError: HttpError(400, "invalid_request_error", None),
    errors.PromptTooLongError: HttpError(400, "invalid_request_error", "context_length_exceeded"),
    errors.UnsupportedFieldError: HttpError(400, "invalid_request_error", "unsupported_parameter"),
    errors.ModelNotFoundError: HttpError(404, "invalid_request_error", "model_not_found"),
    errors.NoEmbeddingModelError: HttpError(404, "invalid_request_error", "model_not_found"),
    errors.AccessError: HttpError(403, "invalid_request_error", "forbidden"),
    errors.UnauthorizedError: HttpError(401, "invalid_request_error", "invalid_api_key"),
    errors.WrongHostError: HttpError(421, "invalid_request_error", "wrong_host"),
    errors.ForeignOriginError: HttpError(403, "invalid_request_error", "foreign_origin"),
    errors.RefusedError: HttpError(503, "server_error", "refused"),
    errors.QueueFullError: HttpError(503, "server_error", "queue_full"),
    errors.OverShareError: HttpError(429, "rate_limit_error", "over_share"),
    errors.RateLimitedError: HttpError(429, "rate_limit_error", "rate_limit_exceeded"),
    errors.TooManyConnectionsError: HttpError(503, "server_error", "too_many_connections"),
    errors.DeadlineUnreachableError: HttpError(503, "server_error", "deadline_unreachable"),
    errors.EngineRestartingError: HttpError(503, "server_error", "engine_restarting"),
    errors.DrainingError: HttpError(503, "server_error", "draining"),
    errors.DeadlineExceededError: HttpError(504, "server_error", "deadline_exceeded"),
    errors.EngineError: HttpError(500, "server_error", "engine_error"),
    errors.OutOfSlotsError: HttpError(500, "server_error", "out_of_slots"),
    errors.SequenceFailedError: HttpError(500, "server_error", "sequence_failed"),
    errors.EngineDeadError: HttpError(503, "server_error", "engine_dead"),
    errors.EngineStalledError: HttpError(503, "server_error", "engine_stalled"),
    errors.OffloadError: HttpError(500, "server_error", "offload_failed"),
    errors.PoolClosedError: HttpError(503, "server_error", "shutting_down"),
    errors.WorkerLostError: HttpError(500, "server_error", "worker_lost"),
    errors.WorkTimedOutError: HttpError(504, "server_error", "work_timed_out"),
    errors.ConfigurationError: HttpError(500, "server_error", "configuration_error"),
    errors.ModelLoadError: HttpError(500, "server_error", "model_load_error"),
    errors.UnblockedError: HttpError(500, "server_error", "internal_error"),
}


def http_error_of(error: errors.UnblockedError) -> HttpError:
    """Return the table's row for an error: that of its class or of the nearest class above."""
    row = ERROR_TABLE.get(type(error))
    return row or next(ERROR_TABLE[kind] for kind in type(error).__mro__ if kind in ERROR_TABLE)


def error_object(error: errors.UnblockedError) -> dict[str, Any]:
    """Return OpenAI's error object for an error, at most 4 KB of JSON."""
    row = http_error_of(error)
    param = error.param if isinstance(error, errors.InvalidRequestError) else None
    code = (error.code if isinstance(error, errors.InvalidRequestError) else None) or row.code
    return plain_error_object(str(error), kind=row.type, param=param, code=code)


def plain_error_object(message: str, *, kind: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    """Return OpenAI's error object; long texts are cut."""
    return {
        "error": {
            "message": _clean(message, MAX_MESSAGE_CHARS),
            "type": kind,
            "param": None if param is None else _clean(param, MAX_PARAM_CHARS),
            "code": code,
        }
    }


def error_headers(error: errors.UnblockedError) -> dict[str, str]:
    """Return the headers that go with an error: when to come back, and whether to come back elsewhere."""
    headers: dict[str, str] = {}
    if isinstance(error, errors.RefusedError):
        headers["Retry-After"] = str(max(1, math.ceil(min(error.retry_after_s, 3600.0))))
    if isinstance(error, errors.DrainingError | errors.EngineDeadError | errors.TooManyConnectionsError):
        headers["Connection"] = "close"
    if isinstance(error, errors.UnauthorizedError):
        headers["WWW-Authenticate"] = 'Bearer realm="unblocked"'
    return headers


def error_bytes(error: errors.UnblockedError) -> bytes:
    """Return the error object as JSON."""
    return orjson.dumps(error_object(error))


def _clean(text: str, max_chars: int) -> str:
    return text[:max_chars].encode("utf-8", "replace").decode("utf-8")
