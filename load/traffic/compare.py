"""Two runs against each other: each metric's change with an interval, and what can be said of it. Pure.

The intervals are percentiles of a block bootstrap (Kuensch, 1989): whole stretches of a run are drawn again, not single
requests, for those that run side by side are slow together. All intervals hold together with 95 % (Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from load.traffic.part import Part
from load.traffic.sample import Sample
from load.traffic.scenario import Limits
from load.traffic.summary import counted_within_s, is_good, summarize

_NUM_BLOCKS = 20
_NUM_DRAWS = 4000
_CONFIDENCE = 0.95
# A change that is surely smaller than this is called none.
SAME_WITHIN = 0.05
_FEW = 100
_SEED = 20

Floats = npt.NDArray[np.float64]
Reduce = Callable[[Floats, Floats, float], float]


@dataclass(frozen=True, slots=True)
class Metric:
    """values: what one request gives. reduce: one figure of all values, ascending, their weights, and the seconds."""

    name: str
    values: Callable[[Sample, Limits], Sequence[float]]
    reduce: Reduce
    is_more_better: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One metric of both runs. low, high: of the relative change from `before` to `after`; 0.1 is 10 % more."""

    name: str
    before: float
    after: float
    low: float
    high: float
    is_more_better: bool

    @property
    def change(self) -> float:
        return _relative(self.before, self.after)

    @property
    def verdict(self) -> str:
        """ "better", "worse", "the same" (within 5 %), or "can't be told"."""
        if -SAME_WITHIN <= self.low <= self.high <= SAME_WITHIN:
            return "the same"
        if self.low > 0 or self.high < 0:
            return "better" if (self.low > 0) == self.is_more_better else "worse"
        return "can't be told"


def _relative(before: float, after: float) -> float:
    if before:
        return after / before - 1
    return math.inf if after else 0.0


def _percentile(share: float, values: Floats, weights: Floats, _: float) -> float:
    """The smallest value that at least `share` of all do not exceed; NaN of nothing."""
    reached = weights.cumsum()
    if not len(values) or not reached[-1]:
        return math.nan
    return float(values[np.searchsorted(reached, share * reached[-1])])


def _per_second(values: Floats, weights: Floats, seconds: float) -> float:
    return float(values @ weights) / seconds


def _ttft(sample: Sample, _: Limits) -> list[float]:
    return [sample.ttft_ms] if sample.is_complete else []


def _itl(sample: Sample, _: Limits) -> list[float]:
    return sample.itls_ms if sample.is_complete else []


def _e2e(sample: Sample, _: Limits) -> list[float]:
    return [sample.e2e_ms] if sample.is_complete else []


def _tokens(sample: Sample, _: Limits) -> list[float]:
    return [sample.num_tokens] if sample.is_complete else []


def _good(sample: Sample, limits: Limits) -> list[float]:
    return [float(is_good(sample, limits))]


METRICS = (
    Metric("TTFT p50, ms", _ttft, partial(_percentile, 0.5)),
    Metric("TTFT p99, ms", _ttft, partial(_percentile, 0.99)),
    Metric("ITL p50, ms", _itl, partial(_percentile, 0.5)),
    Metric("ITL p99, ms", _itl, partial(_percentile, 0.99)),
    Metric("end to end p50, ms", _e2e, partial(_percentile, 0.5)),
    Metric("end to end p99, ms", _e2e, partial(_percentile, 0.99)),
    Metric("goodput, 1/s", _good, _per_second, is_more_better=True),
    Metric("tokens, 1/s", _tokens, _per_second, is_more_better=True),
)


def compare(before: Part, after: Part, limits: Limits, *, num_draws: int = _NUM_DRAWS) -> list[Change]:
    """Every metric's change, by the same limits. Requests belong to the stretch in which they were due."""
    rng = np.random.default_rng(_SEED)
    tail = 100 * (1 - _CONFIDENCE) / len(METRICS) / 2
    changes = []
    for metric in METRICS:
        first, second = _Blocks(before, metric, limits), _Blocks(after, metric, limits)
        pairs = [(first.draw(rng), second.draw(rng)) for _ in range(num_draws)]
        ratios = [_relative(*pair) for pair in pairs if not math.isnan(sum(pair))]
        ends = np.percentile(ratios, [tail, 100 - tail], method="nearest") if ratios else (math.nan, math.nan)
        low, high = map(float, ends)
        changes.append(Change(metric.name, first.figure(), second.figure(), low, high, metric.is_more_better))
    return changes


def cautions(before: Part, after: Part, limits: Limits) -> Iterator[str]:
    """What a reader must know before believing the intervals."""
    for name, part in (("A", before), ("B", after)):
        summary = summarize(part, limits)
        yield from (f"{name} is invalid: {fault}" for fault in summary.faults)
        if summary.num_complete < _FEW:
            yield f"{name} has {summary.num_complete} complete answers: fewer than {_FEW} tell little of a p99"
    if before.label != after.label or before.duration_s != after.duration_s:
        labels = (f"{part.label} ({part.duration_s:g} s)" for part in (before, after))
        yield f"they were not asked the same: {' against '.join(labels)}"


def verdict(changes: Sequence[Change]) -> str:
    """One sentence."""
    better, worse = ([change for change in changes if change.verdict == word] for word in ("better", "worse"))
    if better and worse:
        return f"Mixed: B is better in {_named(better)}, and worse in {_named(worse)}."
    if better:
        return f"B is better: {_named(better)}."
    if worse:
        return f"B is worse: {_named(worse)}."
    if all(change.verdict == "the same" for change in changes):
        return f"A and B are the same within {SAME_WITHIN:.0%}."
    return "No difference can be told from these runs: longer ones narrow the intervals."


def _named(changes: Sequence[Change]) -> str:
    return "; ".join(f"{change.name.partition(',')[0]} {change.change:+.0%}" for change in changes)


class _Blocks:
    """One metric's values, ascending, and in which stretch of the run each request was due."""

    def __init__(self, part: Part, metric: Metric, limits: Limits) -> None:
        self._reduce, self._seconds = metric.reduce, counted_within_s(part)
        pairs = sorted(
            (value, min(_NUM_BLOCKS - 1, int(sample.due / part.duration_s * _NUM_BLOCKS)))
            for sample in part.samples
            for value in metric.values(sample, limits)
        )
        self._values = np.array([value for value, _ in pairs], dtype=np.float64)
        self._places = np.array([place for _, place in pairs], dtype=np.intp)

    def figure(self) -> float:
        return self._reduce(self._values, np.ones(len(self._values)), self._seconds)

    def draw(self, rng: np.random.Generator) -> float:
        """The figure of as many stretches, drawn with replacement."""
        counts = rng.multinomial(_NUM_BLOCKS, [1 / _NUM_BLOCKS] * _NUM_BLOCKS).astype(np.float64)
        return self._reduce(self._values, counts[self._places], self._seconds)
