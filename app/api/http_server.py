"""uvicorn with what it lacks: a drain that starts from the signal, and limits on connections that send no request."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from types import FrameType

import uvicorn

from app.api.bound_sockets import cannot_listen, is_listening
from app.api.door import Door
from app.api.door_protocol import door_protocol
from app.api.guarded_protocol import ConnectionLimits, guarded_protocol

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

# Beyond the limit, so that health checks are answered when every connection is in use.
NUM_RESERVED_CONNECTIONS = 16
# Files that a process has open besides its connections: libraries, the listening socket, workers' pipes.
NUM_OTHER_FILES = 256
# After the drain only answers already made are still being written; then their connections are cut.
FLUSH_TIMEOUT_S = 2


class DrainingServer(uvicorn.Server):
    """Serves until a signal, then drains, then ends with exit code 0. A second signal ends the process at once.

    A signal before it serves calls `cancel_start`. When `wait_failed` returns, the process can serve no more: it ends
    with exit code 1, as soon as the answers that were cut off are written.

    `begin_drain` flips readiness and refuses new work, at once; `drain` waits for what was accepted. Meanwhile the
    server still listens, so that a load balancer sees it not ready and late requests get an answer. uvicorn by itself
    would stop listening at once, and tell the application only after the last connection has closed.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        begin_drain: Callable[[], None],
        drain: Callable[[], Awaitable[None]],
        on_listening: Callable[[int], None],
        cancel_start: Callable[[], None],
        wait_failed: Callable[[], Awaitable[None]],
        on_end: Callable[[], None],
    ) -> None:
        """`on_end` is called as soon as the end is certain: from the signal handler, or on the event loop."""
        super().__init__(config)
        self.exit_code = 0
        self._cancel_start = cancel_start
        self._wait_failed = wait_failed
        self._on_end = on_end
        self._begin_drain = begin_drain
        self._drain = drain
        self._on_listening = on_listening
        self._loop: asyncio.AbstractEventLoop | None = None
        self._drain_task: asyncio.Task[None] | None = None
        self._failure_task: asyncio.Task[None] | None = None
        self._num_signals = 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, then listen on these sockets, which are bound already, and report the port.

        Raises: ConfigurationError, if another process listens there by now: before either listens, two can be bound.
        """
        assert sockets
        self._loop = asyncio.get_running_loop()
        host, port = sockets[0].getsockname()[:2]
        try:
            await super().startup(sockets)
            if self.started and not all(is_listening(one) for one in sockets):
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        except OSError as error:
            await self.lifespan.shutdown()
            raise cannot_listen(host, port, error) from error
        if self.started:
            self._failure_task = asyncio.create_task(self._exit_on_failure(), name="failure-watch")
            log.info("listening on port %d of %s", port, host)
            self._on_listening(port)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain on the first signal, end at once on the second. Runs between two bytecodes of the main thread."""
        self._num_signals += 1
        if self._num_signals > 1 or self._loop is None:
            os._exit(128 + sig)
        self._on_end()
        self._loop.call_soon_threadsafe(self._start_drain)

    @property
    def is_signalled(self) -> bool:
        """Whether the end was asked for."""
        return self._num_signals > 0

    def _start_drain(self) -> None:
        if not self.started:  # still loading: nothing was accepted
            self.should_exit = True
            self._cancel_start()
            return
        log.info("draining: finishing what was accepted; a second signal ends at once")
        self._begin_drain()
        self._drain_task = asyncio.ensure_future(self._drain_then_exit())

    async def _exit_on_failure(self) -> None:
        await self._wait_failed()
        log.critical("nothing can be served any more; the process ends")
        self._on_end()
        self.exit_code = 1
        self.should_exit = True

    async def _drain_then_exit(self) -> None:
        try:
            await self._drain()
        finally:
            self.should_exit = True


def server_config(app: object, *, limits: ConnectionLimits, max_connections: int, door: Door) -> uvicorn.Config:
    """Return uvicorn's settings: no access log (we write our own), no WebSockets, bounded connections, a door."""
    guarded = guarded_protocol(limits, max_connections=max_connections, num_reserved=NUM_RESERVED_CONNECTIONS)
    protocol = door_protocol(guarded, door)
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http=protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=max_connections,
        timeout_graceful_shutdown=FLUSH_TIMEOUT_S,
    )


def connections_that_fit(max_connections: int) -> int:
    """Let this process open enough files for so many connections, and return how many fit if it may not."""
    if resource is None:
        return max_connections
    wanted = max_connections + NUM_RESERVED_CONNECTIONS + NUM_OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return max_connections
    num_fitting = max(1, soft - NUM_RESERVED_CONNECTIONS - NUM_OTHER_FILES)
    log.warning("at most %d connections: this process may open %d files", num_fitting, soft)
    return num_fitting
