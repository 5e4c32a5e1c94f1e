"""Turns completions away while not even the smallest could be taken, and says that the process is alive.

Decides by the head alone, answers in bytes. Under overload most requests end here, and whatever they cost the engine's
thread does not get: it needs the interpreter lock for every operation. So this stands before ASGI, routing, parsing and
the log's line for each request.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from app.api.api_keys import KeyRing
from app.api.auth import find_key
from app.api.chat_routes import CHAT_PATH
from app.api.edge import request_id_of
from app.api.error_table import error_bytes, error_headers, http_error_of
from app.api.health_routes import ALIVE, ALIVE_PATH, HEALTH_HEADERS
from app.api.origins import TrustedNames
from app.api.request_head import Headers
from app.api.response_routes import RESPONSE_PATH
from app.api.server_timing import server_timing
from app.api.service_protocol import ChatLike
from app.api.text_routes import TEXT_PATH
from app.api.time_limit import time_limit_s
from app.errors import EngineDeadError, InvalidRequestError, RefusedError, UnblockedError
from app.observability.metrics import Metrics

log = logging.getLogger(__name__)

_ROUTES = {path.encode(): path for path in (CHAT_PATH, TEXT_PATH, RESPONSE_PATH)}
_ALIVE_TARGET = ALIVE_PATH.encode()
_LOG_INTERVAL_S = 1.0


@dataclass(frozen=True, slots=True)
class DoorAnswer:
    """A whole answer, and whether the connection ends with it."""

    answer: bytes
    is_last: bool


class Door:
    """Thread: the event loop's. `chat` returns what serves now; it is asked for each request.

    `loop_delay_since(t)`: the event loop's largest delay, in seconds, since t of time.monotonic().
    """

    def __init__(
        self,
        *,
        keys: KeyRing,
        names: TrustedNames,
        metrics: Metrics,
        chat: Callable[[], ChatLike],
        loop_delay_since: Callable[[float], float] = lambda _start_s: 0.0,
    ) -> None:
        self._keys = keys
        self._names = names
        self._metrics = metrics
        self._chat = chat
        self._loop_delay_since = loop_delay_since
        self._num_unlogged = 0
        self._logged_s = -_LOG_INTERVAL_S

    def answer(self, method: bytes, target: bytes, headers: Headers, *, keep_alive: bool) -> DoorAnswer | None:
        """Return the answer to a request that can't be taken whatever its body says, or asks for a sign of life.

        None: serve it. So is always a page's request, for its answer needs headers that other layers add, and one
        whose head is wrong, which has to be told that instead.
        """
        if any(name == b"origin" for name, _ in headers):
            return None
        if target == _ALIVE_TARGET and method == b"GET":
            return self._sign_of_life(headers, keep_alive=keep_alive)
        route = _ROUTES.get(target)
        return self._turn_away(route, headers, keep_alive=keep_alive) if route and method == b"POST" else None

    def _sign_of_life(self, headers: Headers, *, keep_alive: bool) -> DoorAnswer | None:
        start_s = time.monotonic()
        is_trusted = all(self._names.has(value.decode("latin-1")) for name, value in headers if name == b"host")
        if not is_trusted or log.isEnabledFor(logging.DEBUG):  # then it gets its line
            return None
        loop_s = self._loop_delay_since(start_s)
        seconds = time.monotonic() - start_s
        self._metrics.http_request(seconds, method="GET", route=ALIVE_PATH, status=200)
        _, timing = server_timing({"loop": loop_s, "total": seconds})
        fields = HEALTH_HEADERS | {"Server-Timing": timing.decode()}
        return _whole(200, ALIVE, fields, request_id_of(headers), keep_alive=keep_alive)

    def _turn_away(self, route: str, headers: Headers, *, keep_alive: bool) -> DoorAnswer | None:
        start_s = time.perf_counter()
        refusal = self._refusal(headers)
        if refusal is None:
            return None
        status = http_error_of(refusal).status
        fields = error_headers(refusal)
        found = _whole(status, error_bytes(refusal), fields, request_id_of(headers), keep_alive=keep_alive)
        self._metrics.http_request(time.perf_counter() - start_s, method="POST", route=route, status=status)
        self._log(refusal)
        return found

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
            # Its frames know the caller's, which is about to know the error: only the collector would part them.
            return error.with_traceback(None)
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


def _whole(status: int, body: bytes, fields: Mapping[str, str], request_id: str, *, keep_alive: bool) -> DoorAnswer:
    is_last = not keep_alive or "Connection" in fields
    head = "".join(f"{name.lower()}: {value}\r\n" for name, value in fields.items() if name != "Connection")
    head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\nx-request-id: {request_id}\r\n"
    if is_last:
        head += "connection: close\r\n"
    return DoorAnswer(STATUS_LINE[status] + head.encode("latin-1") + b"\r\n" + body, is_last)
