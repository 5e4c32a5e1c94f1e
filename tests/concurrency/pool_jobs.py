"""What the process pool's tests send to the workers. Light on purpose: a worker imports this module."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from pathlib import Path

_state: dict[str, str] = {}


class AwkwardError(Exception):
    """Pickles, but can't be unpickled: its constructor takes more than its message."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"over {limit}")


def initialize(value: str) -> None:
    _state["value"] = value


def initialize_badly() -> None:
    raise ValueError("no such file")


def initialized_value() -> str:
    return _state["value"]


def double(number: int) -> int:
    return 2 * number


def length(payload: bytes) -> int:
    return len(payload)


def pid() -> int:
    return os.getpid()


def loaded_modules() -> list[str]:
    return sorted(sys.modules)


def environment(name: str) -> str | None:
    return os.environ.get(name)


def signal_is_ignored(number: int) -> bool:
    return signal.getsignal(number) == signal.SIG_IGN


def fail(message: str) -> None:
    raise ValueError(message)


def fail_with_timeout() -> None:
    raise TimeoutError("my own")


def fail_awkwardly() -> None:
    raise AwkwardError(limit=3)


def unpicklable() -> threading.Lock:
    return threading.Lock()


def crash() -> None:
    os._exit(13)


def hang() -> None:
    threading.Event().wait()


def compute(seconds: float) -> float:
    """Keep a core busy for so long; return how long it was."""
    started_s = time.monotonic()
    while time.monotonic() - started_s < seconds:
        pass
    return time.monotonic() - started_s


def hang_with_the_gil() -> None:
    """Block in C without letting go of the GIL: no Python thread of the worker can do anything about it."""
    ctypes.PyDLL(None).pause()


def announce_then_hang_once(announcements: str) -> str:
    """On the first call write our pid to the named pipe and hang; on the second return."""
    mark = Path(announcements + ".mark")
    if mark.exists():
        return "second attempt"
    mark.touch()
    Path(announcements).write_text(str(os.getpid()))
    threading.Event().wait()
    raise AssertionError("unreachable")
