"""Processes as /proc shows them: real ones, and made-up ones for what a test can't make."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from load.storm.proc import children_of, command_line, event_loop_s, is_alive, process_state

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")


def made_up(proc: Path, pid: int, parent: int, *, state: str = "S (sleeping)") -> None:
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "status").write_text(f"Name:\tx\nState:\t{state}\nPPid:\t{parent}\n")


def test_a_process_tells_its_memory_its_threads_and_its_descriptors() -> None:
    before = process_state(os.getpid())
    reading, writing = os.pipe()
    after = process_state(os.getpid())
    os.close(reading)
    os.close(writing)
    assert after.num_fds == before.num_fds + 2
    assert before.num_threads >= 1
    assert before.rss_bytes > 1 << 20


def test_a_child_is_found_by_its_command_and_gone_after_its_end() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input() # marked"], stdin=subprocess.PIPE)
    assert child.pid in children_of(os.getpid())
    assert is_alive(child.pid)
    child.communicate(b"\n")
    assert not is_alive(child.pid)
    assert child.pid not in children_of(os.getpid())
    assert command_line(child.pid) == ""
    assert "python" in command_line(os.getpid())


def test_children_of_children_count_and_the_dead_do_not(tmp_path: Path) -> None:
    for pid, parent in ((10, 1), (11, 10), (12, 11), (13, 1)):
        made_up(tmp_path, pid, parent)
    made_up(tmp_path, 14, 10, state="Z (zombie)")
    assert children_of(10, proc=tmp_path) == [11, 12]
    assert is_alive(11, proc=tmp_path)
    assert not is_alive(14, proc=tmp_path)
    assert not is_alive(99, proc=tmp_path)


def test_the_event_loops_time_is_that_of_the_first_thread(tmp_path: Path) -> None:
    made_up(tmp_path, 10, 1)
    (tmp_path / "10" / "task" / "10").mkdir(parents=True)
    (tmp_path / "10" / "task" / "10" / "schedstat").write_text("1500000000 77 5\n")
    assert event_loop_s(10, proc=tmp_path) == 1.5
