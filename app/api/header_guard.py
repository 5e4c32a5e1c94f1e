"""uvicorn's httptools protocol with a limit on the headers' size and on the time that they may take.

httptools takes headers of any size (200 MB were accepted) and uvicorn waits for them for ever.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class GuardedProtocol(HttpToolsProtocol):
    """Closes a connection whose next request's headers are too large or do not come in time.

    The time counts from the connection's start, and then from the first byte of each further request (between two
    requests uvicorn's own keep-alive limit holds). Thread: the event loop's.
    """

    header_timeout_s = 10.0
    max_header_bytes = 65_536

    _header_timer: asyncio.TimerHandle | None = None
    _num_header_bytes = 0
    _is_in_body = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock."""
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes before a request is whole. A piece that the socket gave (256 KB) is parsed whole."""
        if not self._is_in_body:
            self._num_header_bytes += len(data)
        super().data_received(data)
        if not self._is_in_body and self._num_header_bytes > self.max_header_bytes and not self.transport.is_closing():
            self.send_400_response("Request headers are too large.")

    def on_message_begin(self) -> None:
        """Start the clock of a further request."""
        super().on_message_begin()
        if self._header_timer is None:
            self._start_timer()

    def on_headers_complete(self) -> None:
        """Stop the clock: the body has limits of its own."""
        self._stop_timer()
        self._is_in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Begin to count anew."""
        super().on_message_complete()
        self._is_in_body = False
        self._num_header_bytes = 0

    def _start_timer(self) -> None:
        self._header_timer = self.loop.call_later(self.header_timeout_s, self._time_out)

    def _stop_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _time_out(self) -> None:
        self._header_timer = None
        if not self.transport.is_closing():
            self.transport.close()


def guarded_protocol(*, header_timeout_s: float, max_header_bytes: int) -> type[GuardedProtocol]:
    """Return the protocol with these limits, in seconds and bytes."""
    limits = {"header_timeout_s": header_timeout_s, "max_header_bytes": max_header_bytes}
    return type("LimitedProtocol", (GuardedProtocol,), limits)
