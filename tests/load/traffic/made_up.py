"""Samples and parts with known figures, for what only sums them up, compares or shows them."""

from __future__ import annotations

import random
from collections.abc import Sequence

from load.storm.outcome import Fate
from load.traffic.part import Part
from load.traffic.result import Result
from load.traffic.sample import Sample
from load.traffic.scenario import Scenario, parse


def sample(
    due: float = 0.0,
    *,
    late_s: float = 0.0,
    ttft_s: float = 0.3,
    itl_s: float = 0.1,
    num_tokens: int = 4,
    fate: Fate = Fate.COMPLETE,
    status: int = 200,
) -> Sample:
    """An answer of so many tokens, one a piece; of another fate it has none and ends after ttft_s."""
    first = due + ttft_s
    moments = tuple(first + place * itl_s for place in range(num_tokens)) if fate is Fate.COMPLETE else ()
    ended = moments[-1] if moments else first
    return Sample(due, due + late_s, ended, fate, status, moments, len(moments), 10 * len(moments))


def part(samples: Sequence[Sample], *, name: str = "all", duration_s: float = 10.0) -> Part:
    health = [(0.1 * place, 1.0 + place, 200) for place in range(int(10 * duration_s))]
    levels = {"unblocked_sequences_running": [(0.0, 0.0), (duration_s, 5.0)]}
    return Part(name, "open loop, made up", duration_s, 2.0, samples, health, (), levels, {"x_total": 3.0}, 0.07)


def noisy_part(*, ttft_s: float, seed: int, itl_s: float = 0.1, num: int = 600, is_slow_at_end: bool = False) -> Part:
    """Requests at even distances over 60 s whose first token comes after ttft_s, give or take a tenth."""
    rng = random.Random(seed)
    samples = []
    for number in range(num):
        due = 60.0 * number / num
        factor = 4.0 if is_slow_at_end and due > 54.0 else 1.0
        samples.append(sample(due, ttft_s=factor * ttft_s * rng.uniform(0.9, 1.1), itl_s=itl_s * rng.uniform(0.9, 1.1)))
    return part(samples, duration_s=60.0)


FIELDS = {
    "description": "made up",
    "arrivals": {"kind": "constant", "rate": 2.0, "duration_s": 10.0},
    "prompt": {"tokens": {"kind": "constant", "tokens": 20}},
    "output_tokens": {"kind": "constant", "tokens": 4},
    "limits": {"ttft_ms": 500, "tpot_ms": 150},
}


def scenario(**fields: object) -> Scenario:
    return parse({**FIELDS, **fields}, source="test")


def result(*parts: Part) -> Result:
    return Result("made-up", scenario(), "a server", "a model", parts or (part([sample()]),), {"cpus": 2})
