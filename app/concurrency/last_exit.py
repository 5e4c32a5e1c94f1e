"""The end of the process when threads do not end: Python can't stop one, and its interpreter would wait for it.

`concurrent.futures` joins all its threads at the interpreter's exit. So a stuck step, or a blocking call that never
returns, would hold a drained server for ever.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

_LAST_WORDS_TIMEOUT_S = 1.0


def end_process(code: int, *, grace_s: float = 0.5, leave: Callable[[int], object] = os._exit) -> int:
    """Wait grace_s for all threads to end and return `code`; if some do not, flush the logs and leave without them.

    Thread: the main thread, as the last thing it does. `leave` ends the process.
    """
    deadline_s = time.monotonic() + grace_s
    for thread in _others():
        thread.join(max(0.0, deadline_s - time.monotonic()))
    stuck = [thread.name for thread in _others()]
    if stuck:
        _say_last_words(f"leaving with {len(stuck)} threads that do not end: {', '.join(sorted(stuck)[:10])}")
        leave(code)
    return code


class ExitGuard:
    """Ends the process `budget_s` after `arm`, if nothing else has: the last resort, with exit code 1.

    `arm` only sets an event, so a signal handler may call it; it works even while the event loop is blocked.
    """

    def __init__(self, budget_s: float, *, leave: Callable[[int], object] = os._exit) -> None:
        self._budget_s = budget_s
        self._leave = leave
        self._armed = threading.Event()
        self._disarmed = threading.Event()
        self._thread = threading.Thread(target=self._wait, name="exit-guard", daemon=True)
        self._thread.start()

    def arm(self) -> None:
        """Start to count. Idempotent."""
        self._armed.set()

    def disarm(self) -> None:
        """End the guard's thread and leave the process alone."""
        self._disarmed.set()
        self._armed.set()
        self._thread.join()

    def _wait(self) -> None:
        self._armed.wait()
        if not self._disarmed.wait(self._budget_s):
            _say_last_words(f"the process did not end within {self._budget_s:g} s; it is cut off")
            self._leave(1)


def _others() -> list[threading.Thread]:
    """Every thread that the interpreter would wait for."""
    return [thread for thread in threading.enumerate() if not thread.daemon and thread is not threading.main_thread()]


def _say_last_words(message: str) -> None:
    """Log and flush, for a second at most: a stuck thread may hold the log's lock, or nobody read its pipe."""
    thread = threading.Thread(target=_say_and_flush, args=(message,), daemon=True)
    thread.start()
    thread.join(_LAST_WORDS_TIMEOUT_S)


def _say_and_flush(message: str) -> None:
    log.critical("%s", message)
    for stream in (*logging.getLogger().handlers, sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # closed, or nobody reads it any more: it has heard the rest
            stream.flush()
