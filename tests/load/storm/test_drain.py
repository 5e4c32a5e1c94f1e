"""The storm that ends its server holds with one that finishes what it accepted, and breaks with one that does not."""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from load.storm import drain
from load.storm.arena import Arena
from load.storm.drain import Findings, judge
from load.storm.outcome import Fate, Outcome
from tests.load.storm.fake_server import (
    DEADLINE_S,
    Asked,
    CloseConnectionError,
    FakeServer,
    chat_answer,
    event,
    http,
    stream,
)
from tests.load.storm.verdicts import broken, value

REFUSAL = http(503, b"{}", Retry_After="1", Connection="close")


@dataclass
class Ending:
    """A process in name only: `ended` is set by the server when it has refused somebody."""

    exit_code: int
    ended: threading.Event
    is_told: bool = False
    pid: int = os.getpid()

    def terminate(self) -> None:
        self.is_told = True

    def wait(self, timeout_s: float) -> int:
        if not self.ended.wait(timeout_s):
            raise TimeoutError
        return self.exit_code


async def rage(after: bytes | None, *, exit_code: int = 0, ready_after: int = 503) -> set[str]:
    """What a drain breaks whose server answers requests under way at the signal by `after` (None: hangs up)."""
    ended = threading.Event()
    process = Ending(exit_code, ended)
    signalled = asyncio.Event()

    async def answer(asked: Asked) -> bytes:
        if len(server.asked) < 10:
            return chat_answer(asked)
        await signalled.wait()
        if after is None:
            raise CloseConnectionError
        return after or chat_answer(asked)

    async def ready(asked: Asked) -> bytes:
        signalled.set()
        while process.is_told and len(server.asked) > 20:
            break
        ended.set()
        return http(ready_after, b"{}")

    server = FakeServer(routes={"/v1/chat/completions": answer, "/readyz": ready})
    async with server, asyncio.timeout(DEADLINE_S):
        found = await drain.drive(Arena(server.target, process, server.scale), budget_s=1)
    assert value(judge(found), "requests under way at the signal") >= 1
    return broken(judge(found)) - {"child processes left", "later requests answered badly"}


async def test_a_server_that_refuses_properly_holds() -> None:
    assert await rage(REFUSAL) == set()


async def test_a_server_that_hangs_up_on_what_it_accepted_breaks() -> None:
    assert await rage(None) == {"requests lost"}


async def test_a_stream_that_ends_without_a_word_breaks() -> None:
    assert await rage(stream(event(choices=[]))) == {"requests lost"}


async def test_an_exit_code_that_is_not_0_breaks() -> None:
    assert await rage(REFUSAL, exit_code=1) == {"exit code"}


async def test_a_server_that_stays_ready_breaks() -> None:
    assert await rage(REFUSAL, ready_after=200) == {"/readyz red after"}


def asked(sent: float, ended: float, fate: Fate) -> Outcome:
    return Outcome(sent, sent, ended, fate)


GOOD = Findings(
    asked=[asked(9, 11, Fate.COMPLETE), asked(11, 11.1, Fate.REFUSED), asked(11, 11.1, Fate.LOST)],
    signalled=10.0,
    red_s=0.01,
    exit_code=0,
    exit_s=3.0,
    num_children=1,
    num_orphans=0,
)


@pytest.mark.parametrize(
    ("found", "promises"),
    [
        (GOOD, set()),
        (
            replace(GOOD, asked=[*GOOD.asked, asked(9, 12, Fate.BROKEN_OFF)]),
            {"requests broken off at the budget's end"},
        ),
        (replace(GOOD, asked=[*GOOD.asked, asked(11, 12, Fate.FAILED)]), {"later requests answered badly"}),
        (replace(GOOD, asked=[*GOOD.asked, asked(11, 12, Fate.UNTIMED)]), {"later requests answered badly"}),
        (replace(GOOD, red_s=math.inf), {"/readyz red after"}),
        (replace(GOOD, exit_code=None), {"exit code"}),
        (replace(GOOD, exit_s=21), {"exited after"}),
        (replace(GOOD, num_orphans=1), {"child processes left"}),
    ],
)
def test_each_promise_of_a_drain_has_its_bar(found: Findings, promises: set[str]) -> None:
    assert broken(judge(found), judges_timings=True) == promises


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.communicate(b"\n")


async def test_a_child_that_outlives_the_server_is_seen(child: subprocess.Popen[bytes]) -> None:
    async def ready(asked: Asked) -> bytes:
        ended.set()
        return http(503, b"{}")

    ended = threading.Event()
    server = FakeServer(routes={"/readyz": ready})
    async with server, asyncio.timeout(DEADLINE_S):
        found = await drain.drive(Arena(server.target, Ending(0, ended), server.scale), budget_s=1)
    assert child.poll() is None
    assert found.num_orphans >= 1
    assert "child processes left" in broken(judge(found))
