"""One request of a load test: when it was due, sent, answered, and what became of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from load.storm.answer import Answer
from load.storm.outcome import Fate, fate_of
from load.traffic.stream import read_stream

_DIGITS = 5  # 10 us: finer than any clock of an event loop


@dataclass(frozen=True, slots=True)
class Sample:
    """Moments in seconds since the run began. Every latency counts from `due`, so a client that is late, or that waits
    for a stalled server, can't hide it; in a closed loop a request is due when it is sent.
    """

    due: float
    sent: float
    ended: float
    fate: Fate
    status: int = 0
    moments: tuple[float, ...] = ()
    num_tokens: int = 0
    num_prompt_tokens: int = 0

    @property
    def is_complete(self) -> bool:
        """A whole answer, which has text."""
        return self.fate is Fate.COMPLETE and bool(self.moments)

    @property
    def delay_ms(self) -> float:
        """How late the client was: what is to be blamed on it and not on the server."""
        return (self.sent - self.due) * 1000

    @property
    def ttft_ms(self) -> float:
        """Time to the first text."""
        return (self.moments[0] - self.due) * 1000

    @property
    def e2e_ms(self) -> float:
        """Time to the end of the answer."""
        return (self.ended - self.due) * 1000

    @property
    def itls_ms(self) -> list[float]:
        """Times between pieces of text. A piece may hold several tokens."""
        return [(later - earlier) * 1000 for earlier, later in pairwise(self.moments)]

    @property
    def tpot_ms(self) -> float | None:
        """Time per output token after the first; None of a single token."""
        if self.num_tokens < 2:
            return None
        return (self.moments[-1] - self.moments[0]) * 1000 / (self.num_tokens - 1)

    def to_json(self) -> dict[str, Any]:
        return {
            "due": round(self.due, _DIGITS),
            "sent": round(self.sent, _DIGITS),
            "ended": round(self.ended, _DIGITS),
            "fate": self.fate.value,
            "status": self.status,
            "moments": [round(moment, _DIGITS) for moment in self.moments],
            "num_tokens": self.num_tokens,
            "num_prompt_tokens": self.num_prompt_tokens,
        }

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Sample:
        """Raises: ValueError, KeyError or TypeError, if it is not what to_json gives."""
        return cls(**{**fields, "fate": Fate(fields["fate"]), "moments": tuple(fields["moments"])})


def answered(answer: Answer, *, due: float, sent: float, ended: float, began: float) -> Sample:
    """What an answer means. All moments are of one clock; `began` becomes zero. An unreadable stream has failed."""
    fate = fate_of(answer)
    try:
        stream = read_stream(answer) if answer.is_stream else None
    except ValueError:
        fate, stream = Fate.FAILED, None
    if stream is None:
        return Sample(due - began, sent - began, ended - began, fate, answer.status)
    moments = tuple(moment - began for moment in stream.moments)
    return Sample(
        due - began, sent - began, ended - began, fate, answer.status, moments, stream.num_tokens,
        stream.num_prompt_tokens,
    )  # fmt: skip
