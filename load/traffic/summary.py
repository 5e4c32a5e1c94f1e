"""From what was seen to figures: latencies, rates, goodput, what went wrong, and whether to believe it. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from load.bench.timing import percentile
from load.storm.outcome import Fate
from load.traffic.part import Part
from load.traffic.sample import Sample
from load.traffic.scenario import Limits

# A client whose own requests go out later than this has measured itself.
MAX_MEDIAN_DELAY_MS = 10.0
_REFUSED = (Fate.REFUSED, Fate.UNTIMED)
_NO_ERRORS = (Fate.COMPLETE, *_REFUSED, Fate.EXPIRED)


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds. NaN of nothing."""

    mean: float
    p50: float
    p90: float
    p99: float
    max: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        found = sorted(values)
        mean = sum(found) / len(found) if found else math.nan
        return cls(mean, *(percentile(found, share) for share in (0.5, 0.9, 0.99, 1.0)))


@dataclass(frozen=True, slots=True)
class Summary:
    """Latencies are those of complete answers, from the moment they were due. Rates are per second.

    goodput: answers within the limits, by the time in which requests were due (of a closed loop, which goes on until
    the last answer: until then); good_share: of all requests.
    tokens_per_s, answers_per_s: by the time until the last answer. errors: by name; refusals (429, 503) and requests
    that outlived their time limit are counted apart. faults: why the run may not be believed; none: it may.
    """

    num_requests: int
    num_complete: int
    num_refused: int
    num_expired: int
    errors: dict[str, int]
    num_good: int
    offered_per_s: float
    answers_per_s: float
    goodput_per_s: float
    good_share: float
    tokens_per_s: float
    prompt_tokens_per_s: float
    mean_prompt_tokens: float
    mean_output_tokens: float
    ttft_ms: Spread
    itl_ms: Spread
    tpot_ms: Spread
    e2e_ms: Spread
    refusal_ms: Spread
    delay_ms: Spread
    health_ms: Spread
    num_bad_health: int
    faults: tuple[str, ...]

    @property
    def is_valid(self) -> bool:
        return not self.faults

    @property
    def num_errors(self) -> int:
        return sum(self.errors.values())

    def to_json(self) -> dict[str, Any]:
        """Plain values; what is not a number is null."""
        return {"is_valid": self.is_valid, **{name: plain(value) for name, value in asdict(self).items()}}


def summarize(part: Part, limits: Limits) -> Summary:
    """Sum up one stretch of load."""
    samples, complete = part.samples, [sample for sample in part.samples if sample.is_complete]
    took_s = answered_within_s(part)
    fates = Counter(fate_of(sample) for sample in samples)
    num_good = sum(is_good(sample, limits) for sample in samples)
    delay = Spread.of(sample.delay_ms for sample in samples)
    num_tokens = sum(sample.num_tokens for sample in complete)
    num_prompt_tokens = sum(sample.num_prompt_tokens for sample in complete)
    return Summary(
        num_requests=len(samples),
        num_complete=len(complete),
        num_refused=sum(fates[fate] for fate in _REFUSED),
        num_expired=fates[Fate.EXPIRED],
        errors={fate.value: count for fate, count in sorted(fates.items(), key=str) if fate not in _NO_ERRORS},
        num_good=num_good,
        offered_per_s=len(samples) / part.duration_s,
        answers_per_s=len(complete) / took_s,
        goodput_per_s=num_good / counted_within_s(part),
        good_share=num_good / len(samples) if samples else math.nan,
        tokens_per_s=num_tokens / took_s,
        prompt_tokens_per_s=num_prompt_tokens / took_s,
        mean_prompt_tokens=num_prompt_tokens / len(complete) if complete else math.nan,
        mean_output_tokens=num_tokens / len(complete) if complete else math.nan,
        ttft_ms=Spread.of(sample.ttft_ms for sample in complete),
        itl_ms=Spread.of(gap for sample in complete for gap in sample.itls_ms),
        tpot_ms=Spread.of(tpot for sample in complete if (tpot := sample.tpot_ms) is not None),
        e2e_ms=Spread.of(sample.e2e_ms for sample in complete),
        refusal_ms=Spread.of(sample.e2e_ms for sample in samples if sample.fate in _REFUSED),
        delay_ms=delay,
        health_ms=Spread.of(wait for _, wait, status in part.health if status == 200),
        num_bad_health=sum(status != 200 for *_, status in part.health),
        faults=tuple(_faults(delay, complete)),
    )


def answered_within_s(part: Part) -> float:
    """Seconds until the last answer. A lost request may end minutes later, when its client's patience does."""
    ends = (min(one.ended, part.duration_s) if one.fate is Fate.LOST else one.ended for one in part.samples)
    return max(ends, default=part.duration_s)


def counted_within_s(part: Part) -> float:
    """Seconds by which to count what came of a plan: those in which requests were due; a closed loop has no plan."""
    return answered_within_s(part) if part.rate is None else part.duration_s


def fate_of(sample: Sample) -> Fate:
    """A whole answer without any text is no answer."""
    return Fate.FAILED if sample.fate is Fate.COMPLETE and not sample.moments else sample.fate


def is_good(sample: Sample, limits: Limits) -> bool:
    """Whether it is a complete answer that keeps every limit."""
    if not sample.is_complete:
        return False
    pairs = ((sample.ttft_ms, limits.ttft_ms), (sample.tpot_ms, limits.tpot_ms), (sample.e2e_ms, limits.e2e_ms))
    return all(limit is None or value is None or value <= limit for value, limit in pairs)


def _faults(delay: Spread, complete: Sequence[Sample]) -> Iterable[str]:
    if delay.p50 > MAX_MEDIAN_DELAY_MS:
        yield (
            f"this client sent half of its requests {delay.p50:.0f} ms or more after they were due "
            f"(allowed: {MAX_MEDIAN_DELAY_MS:.0f} ms), so it measured itself: lower the rate or use another machine"
        )
    if not complete:
        yield "no request was answered completely"


def plain(value: Any) -> Any:
    """For JSON: four digits, and null for what is not a finite number."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value
