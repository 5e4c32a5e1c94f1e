"""What two parts of the engine do for chats, over HTTP: finished prefixes are reused, long prompts are read in pieces.

A follow-up turn has the first turn's prompt as its beginning; its first token should come without reading that again.
A long prompt that arrives among streams should delay each of their tokens by no more than max_prefill_ms, or than a
step without it takes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import uvloop

from load.bench.sse_client import StreamClient
from load.bench.timing import RequestTrace, percentile
from load.bench.workload import Workload
from load.table import format_table

_NEW_TOKENS = 32  # of a follow-up turn
_CROWD = Workload(num_seqs=15, prompt_len=128, output_len=64)


@dataclass(frozen=True, slots=True)
class ChatPlan:
    """history, long_prompt: tokens. The crowd's clients stream while the long prompt arrives."""

    history: int = 1000
    long_prompt: int = 4000
    crowd: Workload = _CROWD
    num_repeats: int = 5


@dataclass(frozen=True, slots=True)
class Turn:
    """A first turn and its follow-up: milliseconds to the first token, and what the server says came from its cache."""

    first_ms: float
    follow_up_ms: float
    num_prompt_tokens: int
    num_cached_tokens: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """All gaps between tokens of the crowd's streams, and the time to first token of the long prompt among them."""

    gaps_ms: tuple[float, ...]
    took_s: float
    long_ttft_ms: float | None = None

    @classmethod
    def of(cls, traces: Sequence[RequestTrace], *, took_s: float, long_one: RequestTrace | None = None) -> Crowd:
        gaps = [(later - earlier) * 1000 for trace in traces for earlier, later in pairwise(trace.moments)]
        return cls(tuple(gaps), took_s, None if long_one is None else _ttft_ms(long_one))


@dataclass(frozen=True, slots=True)
class ChatReport:
    """turns, and the crowd alone and beside a long prompt, one of each a repetition."""

    turns: tuple[Turn, ...]
    alone: tuple[Crowd, ...]
    beside_long: tuple[Crowd, ...]

    @property
    def follow_up_share(self) -> float:
        """TTFT of a follow-up turn over that of its first turn, the median."""
        return median(turn.follow_up_ms / turn.first_ms for turn in self.turns)


def measure(url: str, model: str, plan: ChatPlan) -> ChatReport:
    """Run the plan against a service with a token a character (see saved_model). Takes a minute on a CPU.

    Raises: UnexpectedAnswerError, OSError.
    """
    return uvloop.run(measure_on_loop(url, model, plan))


async def measure_on_loop(url: str, model: str, plan: ChatPlan) -> ChatReport:
    """`measure` for a caller with an event loop of its own."""
    client = _Asker(url, model)
    turns = [await _turn(client, plan, seed) for seed in range(plan.num_repeats + 1)][1:]  # the first one warms up
    alone, beside_long = [], []
    for seed in range(plan.num_repeats):
        alone.append(await _crowd(client, plan, seed=2 * seed))
        arrival_s = alone[-1].took_s / 2
        beside_long.append(await _crowd(client, plan, seed=2 * seed + 1, long_prompt_after_s=arrival_s))
    return ChatReport(tuple(turns), tuple(alone), tuple(beside_long))


def format_chats(report: ChatReport) -> str:
    """Both findings as tables."""
    head = ("repetition", "first turn TTFT ms", "follow-up TTFT ms", "share", "prompt tokens", "of these cached")
    rows = [
        (
            str(place),
            f"{turn.first_ms:.0f}",
            f"{turn.follow_up_ms:.0f}",
            f"{turn.follow_up_ms / turn.first_ms:.2f}",
            str(turn.num_prompt_tokens),
            str(turn.num_cached_tokens),
        )
        for place, turn in enumerate(report.turns, 1)
    ]
    crowd_head = ("between two tokens of the others", "p50 ms", "p99 ms", "max ms", "TTFT of the long one ms")
    crowds = (("alone", report.alone), ("while a long prompt is read", report.beside_long))
    crowd_rows = [(name, *_medians(found)) for name, found in crowds]
    title = f"Follow-up turns: {report.follow_up_share:.2f} of the first turn's TTFT (median)"
    return f"{title}\n{format_table(head, rows)}\n\nMedian over repetitions\n{format_table(crowd_head, crowd_rows)}"


def _medians(crowds: Sequence[Crowd]) -> list[str]:
    gaps = [median(percentile(crowd.gaps_ms, share) for crowd in crowds) for share in (0.5, 0.99, 1.0)]
    first_tokens = [crowd.long_ttft_ms for crowd in crowds if crowd.long_ttft_ms is not None]
    return [*(f"{gap:.0f}" for gap in gaps), f"{median(first_tokens):.0f}" if first_tokens else ""]


class _Asker:
    """Asks one server, each question on a connection of its own."""

    def __init__(self, url: str, model: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._address = (parts.hostname, parts.port)
        self._model = model

    async def ask(self, *messages: tuple[str, str], max_tokens: int) -> tuple[RequestTrace, dict[str, Any]]:
        body = {
            "model": self._model,
            "messages": [{"role": role, "content": text} for role, text in messages],
            "max_tokens": max_tokens,
            "temperature": 0,
            "ignore_eos": True,
        }
        client = await StreamClient.connect(*self._address)
        try:
            return await client.chat(body)
        finally:
            await client.close()


async def _turn(client: _Asker, plan: ChatPlan, seed: int) -> Turn:
    (history,) = Workload(1, plan.history, 1).texts(seed=seed)
    (news,) = Workload(1, _NEW_TOKENS, 1).texts(seed=-seed - 1)
    first, _ = await client.ask(("user", history), max_tokens=4)
    second, usage = await client.ask(("user", history), ("assistant", "ok"), ("user", news), max_tokens=4)
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    return Turn(_ttft_ms(first), _ttft_ms(second), usage["prompt_tokens"], cached)


async def _crowd(client: _Asker, plan: ChatPlan, *, seed: int, long_prompt_after_s: float | None = None) -> Crowd:
    began = time.perf_counter()
    asks = [client.ask(("user", text), max_tokens=plan.crowd.output_len) for text in plan.crowd.texts(seed=seed)]
    long_one = None if long_prompt_after_s is None else asyncio.create_task(_late(client, plan, long_prompt_after_s))
    answers = await asyncio.gather(*asks)
    took_s = time.perf_counter() - began
    return Crowd.of(
        [trace for trace, _ in answers], took_s=took_s, long_one=None if long_one is None else await long_one
    )


async def _late(client: _Asker, plan: ChatPlan, after_s: float) -> RequestTrace:
    (text,) = Workload(1, plan.long_prompt, 1).texts(seed=time.monotonic_ns())
    await asyncio.sleep(after_s)
    trace, _ = await client.ask(("user", text), max_tokens=1)
    return trace


def _ttft_ms(trace: RequestTrace) -> float:
    return (trace.moments[0] - trace.asked) * 1000
