"""Turns completions away while not even the smallest could be taken. Decides by the head alone, answers in bytes.

Under overload most requests end here, and whatever they cost the engine's thread does not get: it needs the interpreter
lock for every operation. So this stands before ASGI, routing, parsing and the log's line for each request.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from app.api.api_keys import KeyRing
from app.api.auth import find_key
from app.api.chat_routes import CHAT_PATH
from app.api.edge import request_id_of
from app.api.error_table import error_bytes, error_headers, http_error_of
from app.api.request_head import Headers
from app.api.service_protocol import ChatLike
from app.api.text_routes import TEXT_PATH
from app.api.time_limit import time_limit_s
from app.errors import EngineDeadError, InvalidRequestError, RefusedError, UnblockedError
from app.observability.metrics import Metrics

log = logging.getLogger(__name__)

_ROUTES = {path.encode(): path for path in (CHAT_PATH, TEXT_PATH)}
_LOG_INTERVAL_S = 1.0


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A whole answer, and whether the connection ends with it."""

    answer: bytes
    is_last: bool


class Door:
    """Thread: the event loop's. `chat` returns what serves now; it is asked for each request."""

    def __init__(self, *, keys: KeyRing, metrics: Metrics, chat: Callable[[], ChatLike]) -> None:
        self._keys = keys
        self._metrics = metrics
        self._chat = chat
        self._num_unlogged = 0
        self._logged_s = -_LOG_INTERVAL_S

    def turn_away(self, method: bytes, target: bytes, headers: Headers, *, keep_alive: bool) -> TurnedAway | None:
        """Return the answer to a request that can't be taken whatever its body says, or None to serve it.

        A page's request is always served, for its answer needs headers that other layers add; so is one whose head is
        wrong, which has to be told that instead.
        """
        route = _ROUTES.get(target)
        if route is None or method != b"POST" or any(name == b"origin" for name, _ in headers):
            return None
        started_s = time.perf_counter()
        refusal = self._refusal(headers)
        if refusal is None:
            return None
        turned_away = _answer(refusal, request_id_of(headers), keep_alive=keep_alive)
        status, seconds = http_error_of(refusal).status, time.perf_counter() - started_s
        self._metrics.http_request(seconds, method="POST", route=route, status=status)
        self._log(refusal)
        return turned_away

    def _refusal(self, headers: Headers) -> UnblockedError | None:
        key = find_key(headers, self._keys)
        if key is None and self._keys:
            return None
        try:
            limit_s = time_limit_s({"headers": headers})
        except InvalidRequestError:
            return None
        try:
            self._chat().check(owner="" if key is None else key.name, timeout_s=limit_s)
        except (RefusedError, EngineDeadError) as error:
            return error
        except Exception:  # the parser would take it for bad HTTP; behind the door it is answered as what it is
            log.exception("the door failed")
        return None

    def _log(self, refusal: UnblockedError) -> None:
        """An overload must not flood the log as well: one line a second tells how many there were."""
        self._num_unlogged += 1
        now_s = time.monotonic()
        if now_s - self._logged_s >= _LOG_INTERVAL_S:
            log.info("turned away at the door: %d; the last one: %s", self._num_unlogged, refusal)
            self._num_unlogged, self._logged_s = 0, now_s


def _answer(refusal: UnblockedError, request_id: str, *, keep_alive: bool) -> TurnedAway:
    body, fields = error_bytes(refusal), error_headers(refusal)
    if not keep_alive:
        fields["Connection"] = "close"
    fields |= {"Content-Type": "application/json", "Content-Length": str(len(body)), "X-Request-Id": request_id}
    head = "".join(f"{name.lower()}: {value}\r\n" for name, value in fields.items())
    status = http_error_of(refusal).status
    return TurnedAway(STATUS_LINE[status] + head.encode("latin-1") + b"\r\n" + body, "Connection" in fields)
