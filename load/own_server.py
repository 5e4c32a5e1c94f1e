"""A server of our own for one run: started on a free port, ready when handed over, gone afterwards."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import IO

_STOP_TIMEOUT_S = 40.0
_POLL_S = 0.1
_TAIL_BYTES = 4000


class ServerNotReadyError(Exception):
    """The server did not get ready; the message holds the end of what it printed."""


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A running server and its process."""

    port: int
    process: subprocess.Popen[bytes]
    output: IO[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self.process.pid

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.process.terminate()

    def wait(self, timeout_s: float) -> int:
        """Block until it has ended and return its exit code. Raises: TimeoutError."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"the server did not end within {timeout_s:g} s") from None

    def printed(self) -> str:
        """The end of what it printed so far."""
        self.output.seek(max(0, self.output.seek(0, os.SEEK_END) - _TAIL_BYTES))
        return self.output.read().decode(errors="replace")


@contextmanager
def clean_termination() -> Iterator[None]:
    """Leave on SIGTERM as on Ctrl-C: a started server, or gigabytes of a saved model, must not stay behind.

    Thread: the main one.
    """

    def leave(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    previous = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextmanager
def own_server(extra_env: Mapping[str, str], *, start_timeout_s: float = 180.0) -> Iterator[str]:
    """The URL of a fresh server, as `started_server` makes it."""
    with started_server(extra_env, start_timeout_s=start_timeout_s) as server:
        yield server.url


@contextmanager
def started_server(extra_env: Mapping[str, str], *, start_timeout_s: float = 180.0) -> Iterator[OwnServer]:
    """A fresh server that answers /readyz, with `extra_env` added to its environment.

    Raises: ServerNotReadyError, if it ends early or is not ready in time.
    """
    port = _free_port()
    env = {**os.environ, **extra_env, "UNBLOCKED_HOST": "127.0.0.1", "UNBLOCKED_PORT": str(port)}
    with tempfile.TemporaryFile() as output:
        command = [sys.executable, "-m", "app", "serve"]
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        server = OwnServer(port, process, output)
        try:
            if not _wait_until_ready(server, start_timeout_s):
                raise ServerNotReadyError(f"the server is not ready:\n{server.printed()}")
            yield server
        finally:
            process.terminate()
            try:
                process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(server: OwnServer, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{server.url}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(_POLL_S)
    return False
