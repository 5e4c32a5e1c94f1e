from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from app.observability.start_clock import StartClock, process_age_s


def test_the_first_stage_began_with_the_process_and_each_next_one_with_the_end_of_the_last() -> None:
    ages_s = iter([0.5, 3.25, 3.5])
    clock = StartClock(lambda: next(ages_s))
    for name in ("web", "torch", "model"):
        clock.lap(name)
    whole, stages = str(clock).split(": ")
    assert whole.startswith("3.5 s (")
    assert stages == "web 0.50, torch 2.75, model 0.25"


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="only Linux tells when a process began")
@pytest.mark.parametrize("name", ["python", "a) 7 (b c"])
def test_a_process_is_as_old_as_the_kernel_says_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    began_s = time.clock_gettime(time.CLOCK_BOOTTIME) - 100
    ticks = int(began_s * os.sysconf("SC_CLK_TCK"))
    stat = tmp_path / "stat"
    stat.write_text(f"1 ({name}) S {' '.join(['3'] * 18)} {ticks} 9 9\n")
    age_s = process_age_s(stat)
    assert 100 <= age_s <= time.clock_gettime(time.CLOCK_BOOTTIME) - began_s + 1


def test_without_a_kernel_that_tells_the_age_is_that_of_the_module(tmp_path: Path) -> None:
    one = process_age_s(tmp_path / "none")
    assert 0 <= one <= process_age_s(tmp_path / "none")
