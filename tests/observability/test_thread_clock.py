from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from app.observability.thread_clock import ThreadClock, ThreadUse

DEADLINE_S = 20.0
on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's books of a thread are Linux's")


def write(proc: Path, *, schedstat: str, stat: str) -> Path:
    folder = proc / "7"
    folder.mkdir()
    (folder / "schedstat").write_text(schedstat)
    (folder / "stat").write_text(stat)
    return proc


@pytest.mark.parametrize(("state", "is_asleep"), [("S", True), ("D", True), ("R", False), ("T", False)])
def test_a_state_is_read_whatever_the_threads_name_is(tmp_path: Path, state: str, is_asleep: bool) -> None:
    proc = write(tmp_path, schedstat="1500000000 250000000 12\n", stat=f"7 (a) R (b) {state} 1 2 3")
    clock = ThreadClock(7, proc=proc)
    assert clock.read(with_state=True) == ThreadUse(1.5, 0.25, is_asleep)
    assert clock.read() == ThreadUse(1.5, 0.25)
    clock.close()
    clock.close()


def test_without_the_kernels_books_a_thread_knows_its_own_cpu_time_only(tmp_path: Path) -> None:
    before_s = time.thread_time()
    own = ThreadClock(threading.get_native_id(), proc=tmp_path).read(with_state=True)
    assert before_s <= own.cpu_s <= time.thread_time()
    assert ThreadClock(threading.get_native_id() + 1, proc=tmp_path).read(with_state=True) == ThreadUse()


@on_linux
def test_a_thread_that_waits_is_asleep_and_one_that_has_ended_reads_as_nothing() -> None:
    may_end = threading.Event()
    thread = threading.Thread(target=may_end.wait, args=(DEADLINE_S,))
    thread.start()
    clock = ThreadClock(thread.native_id or 0)
    deadline_s = time.monotonic() + DEADLINE_S
    while not clock.read(with_state=True).is_asleep:
        assert time.monotonic() < deadline_s
    assert clock.read().cpu_s > 0
    may_end.set()
    thread.join()
    while clock.read() != ThreadUse():  # the kernel buries it a moment after the join
        assert time.monotonic() < deadline_s
    clock.close()


def test_use_since_an_earlier_reading_is_the_difference() -> None:
    assert ThreadUse(3.0, 2.0, True).since(ThreadUse(1.0, 0.5)) == ThreadUse(2.0, 1.5, True)
