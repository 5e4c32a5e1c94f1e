"""The worker and the broker of the Celery experiment, as processes and files that are gone afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from load.storm.proc import children_of, is_alive

# Jobs of the experiment take a second or two; a job that a vanished worker held is given out again after so long.
_VISIBILITY_TIMEOUT_S = 4
_STOP_TIMEOUT_S = 10.0
_POLL_S = 0.01


@contextmanager
def broker() -> Iterator[str]:
    """Tell the Celery application, by the environment that its processes inherit. Yields the broker's name."""
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        redis = os.environ.get("MATRIX_REDIS")
        os.environ["MATRIX_BROKER"] = redis or folder
        os.environ["MATRIX_VISIBILITY_TIMEOUT_S"] = str(_VISIBILITY_TIMEOUT_S)
        yield "Redis" if redis else "files"


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """A prefork worker of two processes; none of them is left behind."""
    command = [sys.executable, "-m", "celery", "--app", "load.matrix.celery_app", "worker"]
    options = ["--pool", "prefork", "--concurrency", "2", "--loglevel", "error", "--without-gossip", "--without-mingle"]
    process = subprocess.Popen([*command, *options], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            kill_all(process)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the worker and its prefork processes: a machine that is lost, or a container out of memory.

    Returns when all are gone: they share the connection to the broker, and what Redis sends to the last one is lost.
    """
    pids = [process.pid, *children_of(process.pid)]
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    while any(map(is_alive, pids)):
        time.sleep(_POLL_S)
