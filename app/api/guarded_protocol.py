"""uvicorn's httptools protocol with the limits that it lacks.

httptools takes headers of any size (200 MB were accepted) and uvicorn waits for them for ever, as it does for a client
that takes nothing of its answer; requests that a client sends ahead pile up without end.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from dataclasses import dataclass
from typing import Any, cast

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from app.api.connection_table import ConnectionTable, Phase
from app.api.error_table import plain_error_object
from app.api.request_head import head_problem

log = logging.getLogger(__name__)

IS_CROWDED = "unblocked.is_crowded"
# Beyond this the kernel takes nothing for a client that does not read, so that a stall is noticed: by itself it takes
# megabytes, a whole answer (Linux doubles the number).
SEND_BUFFER_BYTES = 32_768
# Framing bytes a body byte may cost; chunks of one byte cost five.
MAX_FRAMING_FACTOR = 8
NOT_HTTP = "the request is not valid HTTP"


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one connection may do."""

    header_timeout_s: float = 10.0
    send_stall_timeout_s: float = 30.0
    max_header_bytes: int = 65_536
    max_headers: int = 128
    max_pipelined: int = 8


class _RefusedError(Exception):
    """Ends the parsing of a request that is already answered; the parser wraps it in an HttpParserError."""


class GuardedProtocol(HttpToolsProtocol):
    """Closes connections whose headers are too large or late, that take nothing of their answer, or must make room.

    The headers' time counts from the connection's start, then from the first byte after an answer (between two requests
    uvicorn's own keep-alive limit holds). A body that still comes after its answer gets that time, too.
    Thread: the event loop's.
    """

    limits = ConnectionLimits()
    table: ConnectionTable[GuardedProtocol] = ConnectionTable(max_connections=1024, num_reserved=16)

    _header_timer: asyncio.TimerHandle | None = None
    _stall_timer: asyncio.TimerHandle | None = None
    _served: RequestResponseCycle | None = None  # `cycle` is the latest, and may wait behind it
    _num_received = 0  # bytes of the request that is coming, framing and all
    _num_body = 0
    _num_head_bytes = 0
    _is_in_body = False
    _is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock, and make room if there are too many."""
        super().connection_made(transport)
        sock = transport.get_extra_info("socket")
        if sock is not None and sock.family != getattr(socket, "AF_UNIX", None):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self._start_header_timer()
        victim = self.table.add(self)
        if victim is not None:
            victim.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._stop_header_timer()
        self._stop_stall_timer()
        self._unset_keepalive_if_required()
        self.table.remove(self)
        self._tell_that_nobody_listens()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came. One piece is at most what the socket gives at once (256 KB)."""
        self._unset_keepalive_if_required()
        if self._header_timer is None and not self._is_in_body and not self._is_answering:
            self._start_header_timer()  # also for bytes that begin no request, such as empty lines
        self._num_received += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.cycle.keep_alive = False  # answered as plain HTTP; what follows is not read as such
        except httptools.HttpParserError as error:
            log.debug("refused by the parser", exc_info=error)
            self._refuse(400, NOT_HTTP)
        if self._num_received - self._num_body > self.limits.max_header_bytes + MAX_FRAMING_FACTOR * self._num_body:
            self._refuse(431, f"headers may have {self.limits.max_header_bytes} bytes")

    def on_url(self, url: bytes) -> None:
        """Count the target's bytes to the head's."""
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count. A trailer (a header after the body) is dropped: it would pass for one that a proxy has let through."""
        self._count_head(len(name) + len(value))
        if not self._is_in_body:
            if len(self.headers) >= self.limits.max_headers:
                self._refuse(431, f"at most {self.limits.max_headers} headers are taken")
                raise _RefusedError
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Stop the clocks, for the body has limits of its own, and begin to serve."""
        self._stop_header_timer()
        self._unset_keepalive_if_required()  # it may run since an answer to what came in the same piece
        problem = head_problem(self.url, self.headers, version=self.parser.get_http_version())
        if len(self.pipeline) >= self.limits.max_pipelined:
            problem = f"at most {self.limits.max_pipelined} requests may be sent ahead"
        if problem is not None or self._is_refused:
            self._refuse(400, problem or NOT_HTTP)
            raise _RefusedError
        if self.table.is_crowded:
            cast(dict[str, Any], self.scope)[IS_CROWDED] = True
        self._is_in_body = True
        if not self._is_answered_at_door():
            super().on_headers_complete()
        self._note_phase()

    def on_body(self, body: bytes) -> None:
        """Count what is really body."""
        self._num_body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Begin to count anew. If the answer went first, the wait for the next request begins only now."""
        super().on_message_complete()
        self._stop_header_timer()
        self._is_in_body = False
        self._num_received = self._num_body = self._num_head_bytes = 0
        if not self._is_answering and self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        self._note_phase()

    def on_response_complete(self) -> None:
        """Wait for the next request; the rest of a body that nobody reads any more may come, but not for ever."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._start_stall_timer()
        elif self._is_in_body and not self._is_answering and self._header_timer is None:
            self._start_header_timer()
        self._note_phase()

    def pause_writing(self) -> None:
        """Start the clock for a client that does not take its answer."""
        super().pause_writing()
        self._start_stall_timer()

    def resume_writing(self) -> None:
        """Stop it."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._stop_stall_timer()

    def timeout_keep_alive_handler(self) -> None:
        """Close; what is still to be sent has as long as any answer."""
        super().timeout_keep_alive_handler()
        self._start_stall_timer()

    def _is_answered_at_door(self) -> bool:
        """Whether the request was answered just now; a protocol with a door says so."""
        return False

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _is_unanswered_body(self) -> bool:
        """Whether what is being parsed is the body of a request whose answer has not begun, and no later request."""
        return self._is_in_body and not self.pipeline and not self.cycle.response_started

    def _note_phase(self) -> None:
        if not self._is_answering:
            self.table.move(self, Phase.WAITING)
        else:
            self.table.move(self, Phase.SENDING if self.cycle.more_body and not self.pipeline else Phase.SERVED)

    def _count_head(self, num_bytes: int) -> None:
        self._num_head_bytes += num_bytes
        if self._num_head_bytes > self.limits.max_header_bytes:
            self._refuse(431, f"headers may have {self.limits.max_header_bytes} bytes")
            raise _RefusedError

    def _refuse(self, status: int, message: str) -> None:
        """Answer, if no other answer is on its way, and close. Idempotent."""
        if self._is_refused or self.transport.is_closing():
            return
        self._is_refused = True
        if not self._is_answering or self._is_unanswered_body:
            body = orjson.dumps(plain_error_object(message, kind="invalid_request_error", code="invalid_http"))
            head = b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
            self.transport.write(STATUS_LINE[status] + head + body)
        if self._is_answering:  # and logs the request's line
            self._tell_that_nobody_listens()
        else:
            log.info("refused a connection's bytes: %d %s", status, message)
        self.transport.close()
        self._start_stall_timer()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._served = cycle
        super()._start_asgi_task(cycle, app)

    def _tell_that_nobody_listens(self) -> None:
        """Let the application hear it; uvicorn by itself tells only the request that was sent last."""
        if self._served is not None and not self._served.response_complete:
            self._served.disconnected = True
            self._served.message_event.set()

    def _start_header_timer(self) -> None:
        self._header_timer = self.loop.call_later(self.limits.header_timeout_s, self._time_out)

    def _stop_header_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _time_out(self) -> None:
        self._header_timer = None
        self.transport.abort()

    def _start_stall_timer(self) -> None:
        if self._stall_timer is None:
            self._stall_timer = self.loop.call_later(self.limits.send_stall_timeout_s, self.transport.abort)

    def _stop_stall_timer(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None


def guarded_protocol(limits: ConnectionLimits, *, max_connections: int, num_reserved: int) -> type[GuardedProtocol]:
    """Return a protocol with these limits, and a table of its own for all its connections."""
    table = ConnectionTable[GuardedProtocol](max_connections=max_connections, num_reserved=num_reserved)
    return type("LimitedProtocol", (GuardedProtocol,), {"limits": limits, "table": table})
