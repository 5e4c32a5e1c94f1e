from __future__ import annotations

import asyncio
import logging
import time

import pytest

from app.observability.loop_watch import LoopWatch

DEADLINE_S = 10.0


class Recorder:
    """Keeps what the watch reports."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self.heard = asyncio.Event()

    def __call__(self, delay_s: float) -> None:
        self.delays.append(delay_s)
        self.heard.set()


async def test_a_blocked_loop_is_seen_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    recorder = Recorder()
    async with asyncio.timeout(DEADLINE_S), LoopWatch(recorder, interval_s=0.01, warn_s=0.1) as watch:
        await recorder.heard.wait()
        recorder.heard.clear()
        time.sleep(0.3)  # noqa: ASYNC251 the pitfall itself
        await recorder.heard.wait()
    assert watch.max_delay_s >= 0.2
    assert any("woke" in record.getMessage() for record in caplog.records)


async def test_every_beat_is_recorded() -> None:
    recorder = Recorder()
    async with asyncio.timeout(DEADLINE_S), LoopWatch(recorder, interval_s=0) as watch:
        while watch.num_beats < 5:
            await recorder.heard.wait()
            recorder.heard.clear()
    assert len(recorder.delays) == watch.num_beats
    assert all(delay >= 0 for delay in recorder.delays)
    assert repr(watch).startswith(f"<LoopWatch {watch.num_beats} beats")


async def test_no_task_is_left_behind() -> None:
    before = asyncio.all_tasks()
    async with asyncio.timeout(DEADLINE_S), LoopWatch(Recorder()):
        assert len(asyncio.all_tasks()) == len(before) + 1
    assert asyncio.all_tasks() == before
