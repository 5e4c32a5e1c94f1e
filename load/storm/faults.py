"""A server that fails on purpose, at every stage, thousands of times: a fault ends one request and leaves nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from load.storm import peak as peaks
from load.storm.arena import Arena
from load.storm.connection import Pool
from load.storm.crowd import ask, closed_loop
from load.storm.figures import Figure, at_least, at_most, none_of, told
from load.storm.meters import GAUGES, MeterReader, Meters
from load.storm.outcome import Fate, Outcome, of_fate

SETTINGS = {"UNBLOCKED_FAULTS": "0.3"}  # a call at a stage fails so often: enough, and the last stages are reached
STAGES = (
    "admit", "estimate", "render", "tokenize", "add", "added", "prefill", "decode", "sample", "not_finite",
    "detokenize", "flush", "stop_scan",
)  # fmt: skip
_METER = "unblocked_faults_injected_total"
_ANSWER_TOKENS = 2  # the stages count and not the tokens; with one there would be no decode
_SLICE_S = 1.0
_IDLE_WITHIN_S = 10.0
_MAX_TRIES = 5000  # the request that must be fine is asked for while faults go on, which hit 99 of 100


@dataclass(frozen=True, slots=True)
class Findings:
    """last: requests asked one by one after all the others. after: what the server counted up to then."""

    outcomes: Sequence[Outcome]
    last: Sequence[Outcome]
    after: Meters


async def rage(arena: Arena) -> list[Figure]:
    """Ask until there were faults enough, then judge."""
    return judge(await drive(arena), wanted=arena.scale.num_faults)


async def drive(arena: Arena, *, idle_within_s: float = _IDLE_WITHIN_S, max_tries: int = _MAX_TRIES) -> Findings:
    """Ask for short answers until the server has counted enough faults, or the time is over."""
    scale = replace(arena.scale, answer_tokens=_ANSWER_TOKENS)
    request = peaks.chat_requests(arena.target, scale)
    meters = MeterReader(arena.target)
    outcomes: list[Outcome] = []
    until = time.monotonic() + scale.max_faults_s
    async with Pool(arena.target) as pool:
        while time.monotonic() < until and num_faults(await meters.read()) < scale.num_faults:
            outcomes += await closed_loop(pool, request, num_clients=scale.num_clients, duration_s=_SLICE_S)
        after = await meters.read_when_idle(within_s=idle_within_s)
        meters.close()
        last: list[Outcome] = []
        while len(last) < max_tries and not of_fate(last, Fate.COMPLETE):
            last.append(await ask(pool, request(len(last))))
    return Findings(outcomes, last, after)


def judge(found: Findings, *, wanted: int) -> list[Figure]:
    """A typed error is a proper end of a request here; a lost connection is not, nor is a stream without its end."""
    lost = of_fate(found.outcomes, Fate.LOST)
    mute = [outcome for outcome in of_fate(found.outcomes, Fate.FAILED) if outcome.status == 200]
    spared = [stage for stage in STAGES if not num_faults(found.after, stage)]
    return [
        at_least("faults injected", num_faults(found.after), wanted, is_timing=True),
        at_most("stages without a fault", len(spared), 0, is_timing=True),  # a short run rarely gets to the last
        told("requests asked", len(found.outcomes)),
        told("of them not hit", len(of_fate(found.outcomes, Fate.COMPLETE))),
        none_of("requests without an answer", len(lost), len(found.outcomes)),
        none_of("streams that end without a word", len(mute), len(found.outcomes)),
        none_of("gauges that hold something", len(found.after.held), len(GAUGES), seen=found.after.held),
        at_least("a later request that was fine", len(of_fate(found.last, Fate.COMPLETE)), 1),
    ]


def num_faults(meters: Meters, stage: str = "") -> float:
    """Faults that the server counted, at one stage or at all."""
    return meters.total(_METER, f'"{stage}"' if stage else "")
