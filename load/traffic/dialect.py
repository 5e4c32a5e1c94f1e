"""Asks a server a little before the load comes: does it answer at all, what does it take, how does it count?

That warms it up, too.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

from load.storm import wire
from load.storm.answer import Answer, BrokenAnswerError
from load.storm.connection import Pool, Target
from load.traffic.prompts import Dialect, text
from load.traffic.stream import read_stream

_FEW, _MANY = 20, 120
_NUM_TOKENS = 4
_PATIENCE_S = 120.0


class NoAnswerError(Exception):
    """The server does not even answer a single request; the message holds the beginning of what it said instead."""


async def learn_dialect(pool: Pool, target: Target) -> Dialect:
    """Ask two prompts, one longer than the other. Raises: NoAnswerError."""
    few, can_ignore_eos = await _first(pool, target)
    many = await _ask(pool, target, num_words=_MANY, can_ignore_eos=can_ignore_eos)
    _check(many)
    counts = [read_stream(answer).num_prompt_tokens for answer in (few, many)]
    if not 0 < counts[0] < counts[1]:  # it counts nothing: take a word for a token
        return Dialect(can_ignore_eos=can_ignore_eos)
    per_word = (counts[1] - counts[0]) / (_MANY - _FEW)
    return Dialect(per_word, max(0.0, counts[0] - per_word * _FEW), can_ignore_eos)


async def _first(pool: Pool, target: Target) -> tuple[Answer, bool]:
    """Ask for an answer of a known length; a server that refuses the field is asked without it."""
    answer = await _ask(pool, target, num_words=_FEW, can_ignore_eos=True)
    if answer.status not in (400, 422):
        _check(answer)
        return answer, True
    answer = await _ask(pool, target, num_words=_FEW, can_ignore_eos=False)
    _check(answer)
    return answer, False


async def _ask(pool: Pool, target: Target, *, num_words: int, can_ignore_eos: bool) -> Answer:
    body: dict[str, Any] = {
        "model": target.model,
        "messages": [{"role": "user", "content": text("0", num_words=num_words, rng=random.Random(0))}],
        "max_tokens": _NUM_TOKENS,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if can_ignore_eos:
        body["ignore_eos"] = True
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await pool.ask(wire.post(target, "/v1/chat/completions", body))
    except (BrokenAnswerError, OSError) as error:
        raise NoAnswerError(f"{target.host}:{target.port}: {error or type(error).__name__}") from None


def _check(answer: Answer) -> None:
    if not answer.is_complete or not answer.is_stream:
        said = answer.body[:300].decode(errors="replace")
        raise NoAnswerError(f"a single chat request was answered with {answer.status}: {said}")
