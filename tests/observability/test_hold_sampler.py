"""The sampler's decisions, with clocks in the test's hand; tests/observability/test_loop_watch.py has it at work."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.observability.hold_report import Hold
from app.observability.hold_sampler import HoldSampler, LateBeat, Pulse
from app.observability.thread_clock import ThreadClock, ThreadUse

NOWHERE = Path("/nowhere")
IDLE = ThreadUse()


class Bench:
    """A sampler of threshold 1 s on a loop that does not run; `now_s` and `process_s` are the clocks."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.now_s = 100.0
        self.process_s = 0.0
        self.reports: list[Hold] = []
        self.pulse = Pulse(loop, threading.get_ident(), ThreadClock(0, proc=NOWHERE), due_s=self.now_s)
        self.sampler = HoldSampler(
            self.pulse,
            threshold_s=1.0,
            report=self.reports.append,
            clock=lambda: self.now_s,
            process_clock=lambda: self.process_s,
        )

    def look(self, at_s: float) -> float:
        self.now_s = at_s
        return self.sampler.look()

    def beat(self, at_s: float, *, late_s: float, use: ThreadUse = IDLE) -> None:
        self.pulse.late_beats.append(LateBeat(at_s, late_s, use, {}))
        self.pulse.due_s = at_s


@pytest.fixture
def bench() -> Iterator[Bench]:
    loop = asyncio.new_event_loop()
    yield Bench(loop)
    loop.close()


def test_it_sleeps_until_a_beat_would_be_overdue(bench: Bench) -> None:
    bench.pulse.due_s = 103.0
    assert bench.look(100.0) == pytest.approx(3.5)
    assert bench.look(103.4) == pytest.approx(0.1)
    assert bench.look(103.5) == pytest.approx(0.25)  # overdue: now it looks often


def test_what_was_seen_while_the_loop_was_late_is_reported_when_it_is_back(bench: Bench) -> None:
    for at_s in (100.5, 100.75, 101.0):
        bench.look(at_s)
    assert bench.reports == []
    bench.beat(101.2, late_s=1.2, use=ThreadUse(0.9, 0.1))
    bench.look(101.25)
    (hold,) = bench.reports
    assert (hold.held_s, hold.cpu_s, hold.starved_s, hold.is_over) == (1.2, 0.9, 0.1, True)
    assert len(hold.samples) == 3
    assert hold.samples[0].stack[0].endswith("_sample")  # here the loop's thread is this one


def test_a_lateness_below_the_threshold_is_forgotten(bench: Bench) -> None:
    bench.look(100.6)
    bench.pulse.due_s = 200.0  # it beat, and not late enough to be noted
    bench.look(199.0)
    bench.beat(201.0, late_s=1.0)
    bench.look(201.1)
    (hold,) = bench.reports
    assert hold.samples == ()


def test_a_hold_that_may_never_end_is_reported_once_while_it_lasts(bench: Bench) -> None:
    for step in range(40):
        bench.look(100.5 + step / 4)
    (hold,) = bench.reports
    assert not hold.is_over
    assert hold.held_s == pytest.approx(5.0)


@pytest.mark.parametrize(("process_s", "gil_s"), [(3.0, 3.0), (0.0, 0.0)])
def test_a_gap_counts_for_the_gil_only_if_the_process_computed_meanwhile(
    bench: Bench, process_s: float, gil_s: float
) -> None:
    bench.look(100.5)  # the next is due at 100.75
    bench.process_s = process_s
    bench.beat(103.7, late_s=3.7)
    bench.look(103.75)
    (hold,) = bench.reports
    assert hold.gil_s == pytest.approx(gil_s)


def test_a_gap_belongs_to_the_hold_in_which_it_ended(bench: Bench) -> None:
    bench.beat(100.4, late_s=1.4)
    bench.look(100.5)  # the next is due at 100.9
    bench.process_s = 2.0
    bench.look(102.75)
    bench.beat(102.8, late_s=2.4)
    bench.look(103.0)
    assert [hold.gil_s for hold in bench.reports] == [0.0, pytest.approx(102.75 - 100.9)]


def test_other_stacks_are_read_by_the_loop_only_if_the_sampler_could_not_run(bench: Bench) -> None:
    gate = threading.Event()
    thread = threading.Thread(target=lambda: [None for _ in iter(gate.is_set, True)], name="spinning")
    thread.start()
    try:
        pause_s = bench.look(100.0)
        assert bench.sampler.other_stacks(100.0 + pause_s) == {}
        assert "spinning" in bench.sampler.other_stacks(100.0 + pause_s + 0.5)
    finally:
        gate.set()
        thread.join()
