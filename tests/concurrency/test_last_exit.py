"""app/concurrency/last_exit.py, with a stand-in for os._exit."""

from __future__ import annotations

import logging
import queue
import threading

from app.concurrency.last_exit import ExitGuard, end_process

DEADLINE_S = 20


def test_a_thread_that_does_not_end_is_left_behind() -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait, args=(DEADLINE_S,))
    thread.start()
    codes: list[int] = []
    try:
        end_process(3, grace_s=0.01, leave=codes.append)
    finally:
        release.set()
        thread.join()
    assert codes == [3]


def test_the_guard_ends_the_process_after_its_budget() -> None:
    codes: queue.SimpleQueue[int] = queue.SimpleQueue()
    guard = ExitGuard(0.01, leave=codes.put)
    guard.arm()
    guard.arm()
    assert codes.get(timeout=DEADLINE_S) == 1


def test_a_guard_that_is_not_armed_or_disarmed_does_nothing() -> None:
    codes: list[int] = []
    guard = ExitGuard(0.0, leave=codes.append)
    assert codes == []
    guard.disarm()
    assert codes == []


def test_a_log_that_is_stuck_does_not_hold_it() -> None:
    codes: queue.SimpleQueue[int] = queue.SimpleQueue()
    go_on = threading.Event()

    class Stuck(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            go_on.wait(DEADLINE_S)

    handler = Stuck()
    logging.getLogger("app").addHandler(handler)
    try:
        ExitGuard(0.0, leave=codes.put).arm()
        assert codes.get(timeout=DEADLINE_S / 2) == 1
    finally:
        go_on.set()
        logging.getLogger("app").removeHandler(handler)
