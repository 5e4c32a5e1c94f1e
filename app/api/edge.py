"""The outermost ASGI layer: the request's id, its line in the log, its metrics, and the answer to our own bugs."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.error_answers import error_response
from app.api.request_head import Headers
from app.api.request_log import SCOPE_KEY, RequestLog
from app.api.server_timing import server_timing
from app.errors import DrainingError, UnblockedError
from app.observability.logs import request_id_var
from app.observability.metrics import Metrics
from app.observability.request_tasks import note_request

log = logging.getLogger(__name__)

CLIENT_LEFT = 499  # nginx's word for it: nobody was there to be answered
UNMATCHED = "(no route)"
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_QUIET_ROUTES = frozenset({"/healthz", "/readyz", "/health", "/metrics"})


class Edge:
    """Pure ASGI: neither buffers answers nor hides the client's disconnect, as BaseHTTPMiddleware would."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, loop_delay_since: Callable[[float], float] = lambda _start_s: 0.0
    ) -> None:
        """`loop_delay_since(t)`: the event loop's largest delay, in seconds, since t of time.monotonic()."""
        self._app = app
        self._metrics = metrics
        self._loop_delay_since = loop_delay_since

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and note how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        notes = RequestLog(request_id=request_id_of(scope["headers"]))
        scope[SCOPE_KEY] = notes
        token = request_id_var.set(notes.request_id)
        note_request(lambda: f"{scope['method']} {_route(scope)} [{notes.request_id}]")
        start_s = time.monotonic()

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                notes.status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), *self._headers(notes, start_s)]}
            await send(message)

        try:
            await self._serve(scope, receive, send_noted, notes=notes)
        finally:
            self._note(scope, notes, time.monotonic() - start_s)
            request_id_var.reset(token)

    def _headers(self, notes: RequestLog, start_s: float) -> list[tuple[bytes, bytes]]:
        """What every answer gets: its request's id, and where the time went so far."""
        total_s, loop_s = time.monotonic() - start_s, self._loop_delay_since(start_s)
        timing = server_timing({**notes.timings_s, "loop": loop_s, "total": total_s})
        return [(b"x-request-id", notes.request_id.encode()), timing]

    async def _serve(self, scope: Scope, receive: Receive, send: Send, *, notes: RequestLog) -> None:
        failure: UnblockedError | None = None
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            notes.outcome = "client left"
            notes.status = notes.status or CLIENT_LEFT
        except asyncio.CancelledError:
            # The server cancels what outlives its drain. This is the outermost layer: the task ends here either way,
            # and its client gets an answer if none had begun.
            notes.outcome = "cut off by the shutdown"
            failure = DrainingError("the server shut down before the answer was made")
        except Exception:
            log.exception("unexpected error")
            notes.outcome = "internal error"
            failure = UnblockedError("internal error")
        if failure is not None and not notes.status:
            await error_response(failure)(scope, receive, send)

    def _note(self, scope: Scope, notes: RequestLog, seconds: float) -> None:
        route = _route(scope)
        status = notes.status or CLIENT_LEFT
        self._metrics.http_request(seconds, method=scope["method"], route=route, status=status)
        level = logging.DEBUG if route in _QUIET_ROUTES and status < 500 else logging.INFO
        if not log.isEnabledFor(level):
            return
        fields: dict[str, Any] = {"method": scope["method"], "route": route, "status": status, "seconds": seconds}
        line = f"{scope['method']} {route} {status} {seconds * 1000:.1f} ms"
        if route == UNMATCHED and log.isEnabledFor(logging.DEBUG):  # a path may hold anything, a key too
            fields["path"] = scope["path"][:200]
            line += f" path={fields['path']!a}"
        if notes.usage is not None:
            fields["prompt_tokens"] = notes.usage.num_prompt_tokens
            fields["completion_tokens"] = notes.usage.num_completion_tokens
            line += f" tokens={notes.usage.num_prompt_tokens}+{notes.usage.num_completion_tokens}"
        if notes.outcome:
            fields["outcome"] = notes.outcome
            line += f" ({notes.outcome})"
        log.log(level, "%s", line, extra=fields)


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", None) or UNMATCHED


def request_id_of(headers: Headers) -> str:
    """Return the id that the client gave, if it is a good one, or a new one."""
    for name, value in headers:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return bytes(value).decode("ascii")
    return os.urandom(16).hex()
