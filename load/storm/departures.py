"""Clients that leave before their answer is whole, in crowds: nothing may go on for nobody, and nothing may be left."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

from load.storm import wire
from load.storm.answer import BrokenAnswerError
from load.storm.arena import Arena
from load.storm.connection import Connection, Target
from load.storm.figures import Figure, at_most, none_of, told
from load.storm.meters import MeterReader, Meters
from load.storm.proc import ProcessState, process_state
from load.storm.scale import Scale

_MAX_STEPS = 2
_IDLE_WITHIN_S = 10.0
_LONG_ANSWER_TOKENS = 256  # so that hardly anyone gets a whole answer
_POLL_S = 0.02
_SEED = 6


@dataclass(frozen=True, slots=True)
class Findings:
    """steps_after: for each round, the steps that the engine made after the last client had left."""

    steps_after: Sequence[float]
    num_held_rounds: int  # rounds after which something was still held
    before: Meters
    after: Meters
    state_before: ProcessState
    state_after: ProcessState


async def rage(arena: Arena) -> list[Figure]:
    """Let crowds come and leave, then judge."""
    return judge(await drive(arena))


async def drive(arena: Arena, *, idle_within_s: float = _IDLE_WITHIN_S) -> Findings:
    """One round more than asked for comes first, so that what a server makes once is there before the first look."""
    target, scale, rng = arena.target, arena.scale, random.Random(_SEED)
    meters = MeterReader(target)
    await _round(target, scale, rng)
    before = await meters.read_when_idle(within_s=idle_within_s)
    state_before = await _settled_state(target.pid, None, within_s=idle_within_s)
    steps_after: list[float] = []
    num_held = 0
    for _ in range(scale.num_leaving_rounds):
        await _round(target, scale, rng)
        left = await meters.read()
        idle = await meters.read_when_idle(within_s=idle_within_s)
        steps_after.append(idle.num_steps - left.num_steps)
        num_held += bool(idle.held)
    state_after = await _settled_state(target.pid, state_before, within_s=idle_within_s)
    after = await meters.read_until(lambda now: now.num_tasks <= before.num_tasks, within_s=idle_within_s)
    meters.close()
    return Findings(steps_after, num_held, before, after, state_before, state_after)


def judge(found: Findings) -> list[Figure]:
    """The promises to those who leave, and to those who stay."""
    before, after = found.before, found.after

    def during(name: str, label: str = "") -> float:
        return after.total(name, label) - before.total(name, label)

    stages = ", ".join(
        f"{during('unblocked_requests_cancelled_total', stage):.0f} {stage}"
        for stage in ("queued", "prefill", "decode")
    )
    return [
        at_most("steps after the last had left, most", max(found.steps_after), _MAX_STEPS),
        none_of("rounds after which gauges held something", found.num_held_rounds, len(found.steps_after),
                seen=after.held),
        at_most("threads more than before", found.state_after.num_threads - found.state_before.num_threads, 0),
        at_most("tasks more than before", after.num_tasks - before.num_tasks, 0),
        at_most("descriptors more than before", found.state_after.num_fds - found.state_before.num_fds, 0),
        told("clients that left (by stage)", during("unblocked_requests_cancelled_total"), f": {stages}"),
        told("tokens wasted", during("unblocked_tokens_wasted_total")),
    ]  # fmt: skip


async def _round(target: Target, scale: Scale, rng: random.Random) -> None:
    await asyncio.gather(*(_visit(target, scale, rng) for _ in range(scale.num_leavers)))


async def _visit(target: Target, scale: Scale, rng: random.Random) -> None:
    """Ask, stay for a while, and leave by closing or by tearing the connection down; many do so together at the end."""
    is_stream, is_rude = rng.random() < 0.5, rng.random() < 0.5
    stay_s = min(rng.uniform(0, 1.5 * scale.max_stay_s), scale.max_stay_s)
    try:
        connection = await Connection.open(target)
    except OSError:
        return
    connection.send(wire.chat_request(target, wire.question(), max_tokens=_LONG_ANSWER_TOKENS, is_stream=is_stream))
    try:
        async with asyncio.timeout(stay_s):
            await connection.answer()
    except (TimeoutError, BrokenAnswerError):
        pass
    finally:
        (connection.abort if is_rude else connection.close)()


async def _settled_state(pid: int, limit: ProcessState | None, *, within_s: float) -> ProcessState:
    """The process when it holds no more than `limit`, or has had its time; without one, when it stopped changing."""
    last = process_state(pid)
    for _ in range(round(within_s / _POLL_S)):
        await asyncio.sleep(_POLL_S)
        state = process_state(pid)
        wanted = last if limit is None else limit
        if state.num_fds <= wanted.num_fds and state.num_threads <= wanted.num_threads:
            return state
        last = state
    return last
