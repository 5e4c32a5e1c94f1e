"""Settings for a server whose knee is known, as a diff of environment variables, each with its reason. Pure.

They are for requests like those of the sweep: others need another one.
"""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from load.traffic.knee import Step
from load.traffic.scenario import Limits

_ACCEPTED, _TIMEOUT, _SEQS = (
    f"UNBLOCKED_{name}" for name in ("MAX_ACCEPTED_REQUESTS", "REQUEST_TIMEOUT_S", "MAX_NUM_SEQS")
)
_RUNNING = "unblocked_sequences_running"


@dataclass(frozen=True, slots=True)
class Advice:
    """One setting to change."""

    name: str
    value: str
    reason: str


def present_settings() -> dict[str, str]:
    """What a server that is started here has for its settings. Blocks for a second."""
    printed = subprocess.run([sys.executable, "-m", "app", "config"], capture_output=True, text=True, check=True)
    pairs = (line.partition("=") for line in printed.stdout.splitlines() if line.startswith("UNBLOCKED_"))
    return {name: value for name, _, value in pairs}


def advise(knee: Step, steps: Sequence[Step], limits: Limits) -> list[Advice]:
    """What follows from the knee. Without a limit on the time of an answer nothing does."""
    budget_s = budget_of(limits, num_tokens=knee.summary.mean_output_tokens)
    if math.isinf(budget_s):
        return []
    longest = max(sample.num_tokens for sample in knee.part.samples)
    # By the time until the last answer, or by that in which they were due: either is a lower bound.
    fastest = max(max(step.summary.answers_per_s, step.summary.goodput_per_s) for step in steps)
    num_accepted = max(1, math.ceil(fastest * budget_s))
    timeout_s = math.ceil(budget_of(limits, num_tokens=longest))
    found = [
        Advice(
            _ACCEPTED,
            str(num_accepted),
            f"{fastest:.3g} answers/s at most, so what comes behind {num_accepted} others exceeds the limits "
            f"({budget_s:.2g} s for a mean answer): refuse it at once",
        ),
        Advice(_TIMEOUT, str(timeout_s), f"the longest answer ({longest} tokens) within the limits takes no longer"),
    ]
    return found + _advice_on_sequences(knee, steps, limits)


def _advice_on_sequences(knee: Step, steps: Sequence[Step], limits: Limits) -> list[Advice]:
    """Fewer sequences at once, where beyond the knee the batch is so large that each token takes too long."""
    beyond = [step for step in steps if step.rate > knee.rate]
    running = [value for _, value in (knee.part.levels or {}).get(_RUNNING, ())]
    if limits.tpot_ms is None or not running or not any(step.summary.tpot_ms.p50 > limits.tpot_ms for step in beyond):
        return []
    num_seqs = max(1, math.ceil(max(running)))
    reason = f"with more at once than at the knee ({num_seqs}) a token takes longer than {limits.tpot_ms:g} ms"
    return [Advice(_SEQS, str(num_seqs), reason)]


def budget_of(limits: Limits, *, num_tokens: float) -> float:
    """Seconds that an answer of so many tokens may take by the limits; infinity if they don't say."""
    by_tokens = math.inf
    if limits.ttft_ms is not None and limits.tpot_ms is not None:
        by_tokens = (limits.ttft_ms + limits.tpot_ms * max(0.0, num_tokens - 1)) / 1000
    return min(by_tokens, math.inf if limits.e2e_ms is None else limits.e2e_ms / 1000)


def env_diff(advice: Sequence[Advice], present: Mapping[str, str]) -> str:
    """Lines with - and +, and the reasons as comments. What is set so already is left out."""
    lines = []
    for one in advice:
        before = present.get(one.name)
        if before is None or float(before) != float(one.value):
            lines.append(f"  # {one.reason}")
            lines += [f"- {one.name}={before}"] if before is not None else []
            lines.append(f"+ {one.name}={one.value}")
    return "\n".join(lines)
