"""What became of a request, in the words of the promises. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from load.bench.timing import percentile
from load.storm.answer import Answer


class Fate(Enum):
    """Every request must come to one of the first four."""

    COMPLETE = "complete"
    REFUSED = "refused"  # 503 or 429, and Retry-After says when to come back
    EXPIRED = "expired"  # its deadline passed: 504, or an error event in a stream that had begun
    REJECTED = "rejected"  # 4xx: the request itself is wrong
    BROKEN_OFF = "broken off"  # an error event in a stream that had begun
    UNTIMED = "refused without Retry-After"
    FAILED = "failed"  # any other 5xx, or a stream that ends without a word
    LOST = "lost"  # no answer, or half of one, and then the connection was gone


@dataclass(frozen=True, slots=True)
class Outcome:
    """One request. Moments in seconds of one clock: when it was due, when it was sent, when its answer was whole."""

    planned: float
    sent: float
    ended: float
    fate: Fate
    status: int = 0
    moments: tuple[float, ...] = ()

    @property
    def latency_s(self) -> float:
        """Counted from the moment at which it was due: a client that falls behind must not flatter the server."""
        return self.ended - self.planned


def fate_of(answer: Answer) -> Fate:
    """What an answer means for the request."""
    if answer.status == 200:
        if answer.is_complete:
            return Fate.COMPLETE
        return _fate_of_stream(answer) if answer.is_stream else Fate.FAILED
    if answer.status in (429, 503):
        retry_after = answer.headers.get(b"retry-after", b"")
        return Fate.REFUSED if retry_after.isdigit() and int(retry_after) >= 1 else Fate.UNTIMED
    if answer.status == 504:
        return Fate.EXPIRED
    return Fate.REJECTED if 400 <= answer.status < 500 else Fate.FAILED


def _fate_of_stream(answer: Answer) -> Fate:
    last = answer.body[-1000:]
    if b'data: {"error"' not in last:
        return Fate.FAILED
    return Fate.EXPIRED if b'"deadline_exceeded"' in last else Fate.BROKEN_OFF


def of_fate(outcomes: Iterable[Outcome], *fates: Fate) -> list[Outcome]:
    """Those that came to one of these."""
    return [outcome for outcome in outcomes if outcome.fate in fates]


def goodput(outcomes: Iterable[Outcome], *, began: float, ended: float, deadline_s: float) -> float:
    """Answers a second, between two moments, that were complete within their deadline."""
    num_good = sum(
        outcome.fate is Fate.COMPLETE and outcome.latency_s <= deadline_s and began < outcome.ended <= ended
        for outcome in outcomes
    )
    return num_good / (ended - began)


def latency_ms(outcomes: Iterable[Outcome], share: float) -> float:
    """A percentile of the latencies; NaN of nothing."""
    return percentile([outcome.latency_s * 1000 for outcome in outcomes], share)


def lag_ms(outcomes: Iterable[Outcome], share: float) -> float:
    """How late the client itself was, as a percentile."""
    return percentile([(outcome.sent - outcome.planned) * 1000 for outcome in outcomes], share)


def recovered_after_s(probes: Sequence[Outcome], *, since: float, limit_ms: float) -> float:
    """Seconds until requests were answered within `limit_ms` again and stayed so; infinity if the last was not."""
    slow = [probe for probe in probes if probe.fate is not Fate.COMPLETE or probe.latency_s * 1000 > limit_ms]
    later = [probe.planned for probe in probes if not slow or probe.planned > slow[-1].planned]
    return min(later) - since if later else math.inf
