"""One worker process as its parent sees it: started when needed, called, and killed when it is lost or hangs."""

from __future__ import annotations

import logging
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from app.concurrency.channel import Channel
from app.errors import OffloadError, PoolClosedError, WorkerLostError, WorkTimedOutError

log = logging.getLogger(__name__)

_START_TIMEOUT_S = 60.0  # takes 0.05 s on an idle machine; a crowded one gets its time


class WorkerProcess:
    """A process that runs calls, one at a time, and can be started again after its death.

    Thread: one thread at a time may use it; `retire` may be called from any thread at any time. A call blocks.
    """

    def __init__(self, initializer: Callable[..., object], initargs: tuple[Any, ...]) -> None:
        self._first_call = (initializer, initargs)
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._lifecycle_lock = threading.Lock()  # between `retire` and the thread that starts the process
        self._is_retired = False
        self._num_looks_stopped = 0

    @property
    def pid(self) -> int | None:
        """The process id, None before the first start and after a death was noticed."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Make sure that a process runs and has run the initializer.

        Raises: PoolClosedError, once retired; WorkerLostError, if the process ends or hangs in the initializer;
        whatever the initializer raises.
        """
        if self._process is not None:
            if self._process.poll() is None:
                return
            self._give_up("died")
        try:
            self._spawn()
            is_ok, value = self._exchange(*self._first_call, timeout_s=_START_TIMEOUT_S)
        except (EOFError, OSError) as error:
            self._discard()
            raise WorkerLostError("a worker process did not come up") from error
        if not is_ok:
            self._discard()
            raise value

    def call(self, fn: Callable[..., Any], args: tuple[Any, ...], *, timeout_s: float) -> Any:
        """Run `fn(*args)` in the process, which must have been started, and return its result.

        Raises: WorkTimedOutError, and WorkerLostError if the process died; it is gone then and `start` makes a new one.
        OffloadError, if call or result can't be pickled. Whatever `fn` raises.
        """
        try:
            is_ok, value = self._exchange(fn, args, timeout_s=timeout_s)
        except TimeoutError:
            self._give_up("hangs")
            raise WorkTimedOutError(f"the work did not end within {timeout_s:g} s") from None
        except (EOFError, OSError):
            self._give_up("died or was stopped")
            raise WorkerLostError("the worker process died or was stopped") from None
        if not is_ok:
            raise value
        return value

    def retire(self) -> None:
        """Kill the process and never start another. A call in flight raises WorkerLostError. Returns at once."""
        with self._lifecycle_lock:
            self._is_retired = True
            process = self._process
        if process is not None:
            process.kill()

    def release(self) -> None:
        """Collect the dead process and close the channel. Thread: only when no call is in flight."""
        self._discard()

    def _exchange(self, fn: Callable[..., Any], args: tuple[Any, ...], *, timeout_s: float) -> tuple[bool, Any]:
        """Send a call and return (True, result) or (False, error), as the worker answered."""
        assert self._channel is not None, "start the worker first"
        try:
            message = pickle.dumps((fn, args), pickle.HIGHEST_PROTOCOL)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            raise OffloadError(f"the call can't be pickled: {type(error).__name__}") from error
        deadline_s = time.monotonic() + timeout_s
        try:
            self._channel.send(message, deadline_s=deadline_s)
            received = self._channel.receive(deadline_s=deadline_s)
        except MemoryError:  # the answer would be taken for the next call's
            self._give_up("gave an answer for which there is no memory")
            raise
        answer: tuple[bool, Any] = pickle.loads(received)
        return answer

    def _spawn(self) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "app.concurrency.worker_main", str(theirs.fileno())]
        with self._lifecycle_lock, theirs:  # our copy of their end must go, or their death would not be our EOF
            if self._is_retired:
                ours.close()
                raise PoolClosedError("the worker process was retired")
            self._channel = Channel(ours, check=self._check_running)
            self._num_looks_stopped = 0
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),), env=_worker_environment()
            )

    def _check_running(self) -> None:
        """Give up a process that was stopped (SIGSTOP, a debugger) and so would hold its item until the deadline.

        Asked twice, a twentieth of a second apart, so that a terminal's Ctrl-Z and `fg`, which stop and start the whole
        group, cost no worker. A process that only computes for long is running, and left alone.
        Raises: ConnectionError.
        """
        assert self._process is not None
        self._num_looks_stopped = self._num_looks_stopped + 1 if _is_stopped(self._process.pid) else 0
        if self._num_looks_stopped >= 2:
            raise ConnectionError("the worker process is stopped")

    def _give_up(self, why: str) -> None:
        if not self._is_retired and self._process is not None:
            log.warning("worker process %d %s; a call starts another", self._process.pid, why)
        self._discard()

    def _discard(self) -> None:
        if self._process is not None:
            self._process.kill()  # reaches a stopped process too; a dead one is left alone
            self._process.wait()
            self._process = None
        if self._channel is not None:
            self._channel.close()
            self._channel = None


def _is_stopped(pid: int) -> bool:
    """Whether our child is stopped; where the system can't say (no waitid), its items' deadlines must do."""
    if not hasattr(os, "waitid"):
        return False
    try:
        return os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:  # dead and collected
        return False


def _worker_environment() -> dict[str, str]:
    """One thread per worker, and the parent's import path, so that functions are found by their names."""
    import_path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    one_thread = {"TOKENIZERS_PARALLELISM": "false", "RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return {**os.environ, **one_thread, "PYTHONPATH": import_path}
