"""A server of our own for one run: started on a free port, ready when handed over, gone afterwards."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_STOP_TIMEOUT_S = 40.0
_POLL_S = 0.1
_TAIL_BYTES = 4000


class ServerNotReadyError(Exception):
    """The server did not get ready; the message holds the end of what it printed."""


@contextmanager
def own_server(extra_env: Mapping[str, str], *, start_timeout_s: float = 180.0) -> Iterator[str]:
    """The URL of a fresh server that answers /readyz, with `extra_env` added to its environment.

    Raises: ServerNotReadyError, if it ends early or is not ready in time.
    """
    port = _free_port()
    env = {**os.environ, **extra_env, "UNBLOCKED_HOST": "127.0.0.1", "UNBLOCKED_PORT": str(port)}
    with tempfile.TemporaryFile() as output:
        command = [sys.executable, "-m", "app", "serve"]
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            url = f"http://127.0.0.1:{port}"
            if not _wait_until_ready(url, process, start_timeout_s):
                output.seek(max(0, output.seek(0, os.SEEK_END) - _TAIL_BYTES))
                raise ServerNotReadyError(f"the server is not ready:\n{output.read().decode(errors='replace')}")
            yield url
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


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(_POLL_S)
    return False
