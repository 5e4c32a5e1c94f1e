"""A tokenizer's worker process is killed, or stopped, in the middle of its work: nobody may notice but by the clock."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import orjson

from load.storm import peak as peaks
from load.storm import wire
from load.storm.answer import Answer, BrokenAnswerError
from load.storm.arena import Arena
from load.storm.connection import Pool, Target
from load.storm.crowd import PATIENCE_S, closed_loop
from load.storm.figures import Figure, at_most, none_of, told
from load.storm.large_prompts import large_text
from load.storm.outcome import Fate, Outcome
from load.storm.proc import children_of, command_line

# Measured on the host, jobs of this size may belong in a thread; here they must be in the worker that is lost.
SETTINGS = {"UNBLOCKED_TOKENIZE_PROCESS_MIN_CHARS": "100000"}
WORKER_WORD = "worker_main"
_MAX_EXTRA_S = 1.0  # to notice, to start another worker, and one job again
_CHAT_CLIENTS = 4
_CHAT_S = 0.5

Kill = Callable[[int, signal.Signals], None]


class NoWorkerError(Exception):
    """The server has no worker process to be taken away."""


@dataclass(frozen=True, slots=True)
class Job:
    """A text that was to be tokenized. is_right: it had the answer that it gets when nothing happens."""

    status: int
    is_right: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """Seconds that all jobs of each round took together: undisturbed, with a worker killed, with one stopped."""

    jobs: Sequence[Job]
    chats: Sequence[Outcome]
    calm_s: Sequence[float]
    killed_s: Sequence[float]
    stopped_s: Sequence[float]


async def rage(arena: Arena) -> list[Figure]:
    """Take workers away and judge."""
    return judge(await drive(arena))


async def drive(arena: Arena, *, kill: Kill = os.kill) -> Findings:
    """Each round sends its jobs three times, and hits the worker when one job is done, but for the first time.

    Chats go on all the while, so what they cost is in all three. Raises: NoWorkerError.
    """
    scale, target = arena.scale, arena.target
    raw = wire.post(target, "/v1/tokenize", {"model": target.model, "text": large_text(scale.worker_job_chars, 1)})
    async with Pool(target) as pool:
        expected = await pool.ask(raw)
        chats = asyncio.create_task(_chat(arena, pool))
        jobs: list[Job] = []
        times: dict[signal.Signals | None, list[float]] = {None: [], signal.SIGKILL: [], signal.SIGSTOP: []}
        for _ in range(scale.num_worker_rounds):
            for kind, seconds in times.items():
                pid = worker_of(target)
                hit = None if kind is None else partial(kill, pid, kind)
                took_s, found = await _round(arena, pool, raw, expected, hit=hit)
                with contextlib.suppress(ProcessLookupError):
                    kill(pid, signal.SIGCONT)  # a server that did not replace it gets it back
                seconds.append(took_s)
                jobs += found
        chats.cancel()
        outcomes = await chats
    return Findings(jobs, outcomes, times[None], times[signal.SIGKILL], times[signal.SIGSTOP])


def judge(found: Findings) -> list[Figure]:
    """Nothing is lost, nothing is a 5xx, and it costs little time."""
    wrong = [job for job in found.jobs if not job.is_right]
    bad = [outcome for outcome in found.chats if outcome.fate is not Fate.COMPLETE]
    return [
        none_of("tokenizing jobs lost or wrong", len(wrong), len(found.jobs), seen=(str(job.status) for job in wrong)),
        none_of("chats lost meanwhile", len(bad), len(found.chats), seen=(x.fate.value for x in bad)),
        told("jobs undisturbed", max(found.calm_s), "s"),
        at_most("longer when killed", _extra_s(found.killed_s, found), _MAX_EXTRA_S, "s", is_timing=True),
        at_most("longer when stopped", _extra_s(found.stopped_s, found), _MAX_EXTRA_S, "s", is_timing=True),
    ]


def _extra_s(hit_s: Sequence[float], found: Findings) -> float:
    """The most that a round took longer than its own undisturbed one: what drifts on the machine hits both."""
    return max(hit - calm for hit, calm in zip(hit_s, found.calm_s, strict=True))


def worker_of(target: Target) -> int:
    """The process id of a worker. Raises: NoWorkerError."""
    for pid in children_of(target.pid):
        if WORKER_WORD in command_line(pid):
            return pid
    raise NoWorkerError("the server has no worker process")


async def _round(
    arena: Arena, pool: Pool, raw: bytes, expected: Answer, *, hit: Callable[[], None] | None
) -> tuple[float, list[Job]]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    tasks = [asyncio.create_task(_job(pool, raw, expected)) for _ in range(arena.scale.num_worker_jobs)]
    if hit is not None:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        hit()
    jobs = await asyncio.gather(*tasks)
    return loop.time() - began, jobs


async def _job(pool: Pool, raw: bytes, expected: Answer) -> Job:
    try:
        async with asyncio.timeout(PATIENCE_S):
            answer = await pool.ask(raw)
    except (BrokenAnswerError, OSError):
        return Job(0, is_right=False)
    return Job(answer.status, is_right=answer.status == 200 and _ids(answer) == _ids(expected))


def _ids(answer: Answer) -> object:
    return orjson.loads(answer.body).get("token_ids")


async def _chat(arena: Arena, pool: Pool) -> list[Outcome]:
    """Ordinary chats until cancelled; the answers under way are awaited."""
    request = peaks.chat_requests(arena.target, arena.scale)
    outcomes: list[Outcome] = []
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            batch = asyncio.create_task(closed_loop(pool, request, num_clients=_CHAT_CLIENTS, duration_s=_CHAT_S))
            try:
                outcomes += await asyncio.shield(batch)
            except asyncio.CancelledError:
                outcomes += await batch
                raise
    return outcomes
