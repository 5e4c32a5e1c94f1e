"""The watch at work on a real loop that is held on purpose."""

from __future__ import annotations

import asyncio
import math
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from app.observability.hold_report import Hold
from app.observability.loop_watch import LoopWatch
from app.observability.request_tasks import note_request

pytestmark = pytest.mark.blocks_the_loop

DEADLINE_S = 60.0
HELD_S = 0.4
TOKENIZER = Path(__file__).parents[2] / "models" / "tutor" / "tokenizer.json"


class Recorder:
    """Keeps what the watch records and reports; `seen` is set at a report."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self.holds: list[Hold] = []
        self.beaten = asyncio.Event()
        self.seen = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def record(self, delay_s: float) -> None:
        self.delays.append(delay_s)
        self.beaten.set()

    def report(self, hold: Hold) -> None:
        self.holds.append(hold)
        self._loop.call_soon_threadsafe(self.seen.set)

    async def next_beat(self) -> None:
        self.beaten.clear()
        await self.beaten.wait()


@asynccontextmanager
async def watching(*, threshold_s: float = 0.1) -> AsyncIterator[tuple[LoopWatch, Recorder]]:
    recorder = Recorder()
    async with (
        asyncio.timeout(DEADLINE_S),
        LoopWatch(recorder.record, threshold_s=threshold_s, interval_s=0.01, report=recorder.report) as watch,
    ):
        await recorder.next_beat()
        yield watch, recorder


async def serve(handler: Callable[[], Awaitable[object]]) -> None:
    note_request(lambda: "GET /slow [id-1]")
    await handler()


async def sleep_in_handler() -> None:
    time.sleep(HELD_S)  # noqa: ASYNC251 the pitfall itself


async def read_a_socket_in_handler() -> None:
    one, other = socket.socketpair()
    with one, other:
        one.settimeout(HELD_S)
        with pytest.raises(TimeoutError):
            one.recv(1)


async def compute_in_handler() -> None:
    end_s = time.thread_time() + HELD_S
    while time.thread_time() < end_s:
        pass


def long_text() -> str:
    return " ".join(f"w{number * 7919 % 100_003}" for number in range(40_000))


async def tokenize_in_handler() -> None:
    Tokenizer.from_file(str(TOKENIZER)).encode(long_text())


@pytest.mark.parametrize(
    ("handler", "how"),
    [
        (sleep_in_handler, "in a call that waits"),
        (read_a_socket_in_handler, "in a call that waits"),
        (compute_in_handler, ""),  # how much of it it computed is the machine's business
        (tokenize_in_handler, ""),  # holds the GIL: seen as it lets go
    ],
)
async def test_the_request_and_the_line_that_held_the_loop_are_reported(
    handler: Callable[[], Awaitable[object]], how: str
) -> None:
    named: list[str] = []
    async with watching() as (watch, recorder):
        while not named:  # a call that kept the GIL may be over before anybody else runs
            await asyncio.create_task(serve(handler))
            await recorder.seen.wait()
            await recorder.next_beat()
            named = [text for text in map(str, recorder.holds) if f" {handler.__name__}" in text]
    text = named[0]
    assert "by GET /slow [id-1]" in text
    assert "test_loop_watch.py:" in text
    assert how in text
    assert watch.max_delay_s >= HELD_S / 4


async def test_a_thread_that_keeps_the_gil_is_named_afterwards() -> None:
    tokenizer, text = Tokenizer.from_file(str(TOKENIZER)), long_text()
    named: list[Hold] = []
    async with watching() as (_, recorder):
        while not named:  # on a busy machine the thread may be gone before anybody else runs
            await asyncio.to_thread(tokenizer.encode, text)
            await recorder.seen.wait()
            named = [hold for hold in recorder.holds if "run(Tokenizer.encode)" in str(hold)]
    assert named[0].gil_s > named[0].cpu_s


async def test_a_loop_that_only_waits_is_not_reported() -> None:
    async with watching(threshold_s=30.0) as (watch, recorder):
        for _ in range(20):
            await recorder.next_beat()
    assert recorder.holds == []
    assert len(recorder.delays) == watch.num_beats >= 20
    assert all(delay >= 0 for delay in recorder.delays)
    assert repr(watch).startswith(f"<LoopWatch {watch.num_beats} beats")


async def test_a_delay_is_known_to_the_request_that_caused_it_and_not_to_a_later_one() -> None:
    async with watching(threshold_s=math.inf) as (watch, recorder):
        start_s = time.monotonic()
        await sleep_in_handler()
        assert watch.delay_since(start_s) >= HELD_S / 2  # the beat is overdue, nothing has noted it yet
        await recorder.next_beat()
        assert watch.delay_since(start_s) >= HELD_S / 2
        assert watch.delay_since(time.monotonic()) < HELD_S / 2
    assert watch.delay_since(start_s) >= HELD_S / 2


async def test_no_task_and_no_thread_is_left_behind() -> None:
    tasks, threads = asyncio.all_tasks(), threading.active_count()
    async with watching(threshold_s=30.0):
        assert threading.active_count() == threads + 1
    assert asyncio.all_tasks() == tasks
    assert threading.active_count() == threads


async def test_without_a_threshold_no_thread_looks() -> None:
    threads = threading.active_count()
    async with watching(threshold_s=math.inf):
        assert threading.active_count() == threads
