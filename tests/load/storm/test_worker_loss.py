"""The storm that takes workers away holds with a server that replaces them, and breaks with one that loses work."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from load.storm import worker_loss
from load.storm.connection import Target
from load.storm.outcome import Fate, Outcome
from load.storm.worker_loss import Findings, Job, NoWorkerError, judge, worker_of
from tests.load.storm.fake_server import DEADLINE_S, Asked, FakeServer, Handler, http
from tests.load.storm.verdicts import broken

CHAT = Outcome(0, 0, 1, Fate.COMPLETE, 200)


@pytest.fixture
def worker() -> Iterator[int]:
    """A child whose command line is a worker's."""
    command = [sys.executable, "-c", "input()", worker_loss.WORKER_WORD]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        yield process.pid
        process.communicate(b"\n")


async def rage(routes: dict[str, Handler]) -> tuple[set[str], list[tuple[int, signal.Signals]]]:
    hits: list[tuple[int, signal.Signals]] = []
    async with FakeServer(routes=routes, is_closing_silent=False) as server, asyncio.timeout(DEADLINE_S):
        found = await worker_loss.drive(server.arena, kill=lambda pid, kind: hits.append((pid, kind)))
    return broken(judge(found)), hits


async def test_workers_are_killed_and_stopped_while_jobs_are_under_way(worker: int) -> None:
    promises, hits = await rage({})
    assert promises == set()
    assert hits == [
        (worker, signal.SIGCONT),
        (worker, signal.SIGKILL),
        (worker, signal.SIGCONT),
        (worker, signal.SIGSTOP),
        (worker, signal.SIGCONT),
    ]


@pytest.mark.parametrize("status", [500, 200])
async def test_a_job_that_fails_or_has_another_answer_breaks(worker: int, status: int) -> None:
    asked_before: list[Asked] = []

    async def tokenize(asked: Asked) -> bytes:
        asked_before.append(asked)
        return http(status, b'{"token_ids": [0]}') if len(asked_before) == 7 else http(200, b'{"token_ids": [1, 2]}')

    promises, _ = await rage({"/v1/tokenize": tokenize})
    assert promises == {"tokenizing jobs lost or wrong"}


async def test_a_chat_that_fails_meanwhile_breaks(worker: int) -> None:
    async def fail(asked: Asked) -> bytes:
        return http(500, b"{}")

    promises, _ = await rage({"/v1/chat/completions": fail})
    assert promises == {"chats lost meanwhile"}


def test_a_server_without_workers_can_not_be_tested() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as childless:
        with pytest.raises(NoWorkerError):
            worker_of(Target("127.0.0.1", 1, childless.pid, "fake"))
        childless.communicate(b"\n")


def test_extra_time_has_its_bar() -> None:
    def promises(calm: list[float], killed: list[float], stopped: list[float]) -> set[str]:
        jobs = [Job(200, is_right=True)]
        return broken(judge(Findings(jobs, [CHAT], calm, killed, stopped)), judges_timings=True)

    assert promises([1.0], [1.9], [1.9]) == set()
    assert promises([1.0], [2.1], [1.9]) == {"longer when killed"}
    assert promises([1.0], [1.9], [2.1]) == {"longer when stopped"}


def test_a_round_is_held_against_its_own_undisturbed_one() -> None:
    found = Findings([Job(200, is_right=True)], [CHAT], [1.0, 3.0], [1.9, 3.9], [1.9, 3.9])
    assert broken(judge(found), judges_timings=True) == set()
    found = Findings([Job(200, is_right=True)], [CHAT], [1.0, 3.0], [2.1, 3.9], [1.9, 3.9])
    assert broken(judge(found), judges_timings=True) == {"longer when killed"}
