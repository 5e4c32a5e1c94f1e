"""Many clients at once, each with a word of its own: each gets the answer to its prompt, and no other's."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from load.storm import wire
from load.storm.answer import Answer, BrokenAnswerError
from load.storm.arena import Arena
from load.storm.connection import Pool, Target
from load.storm.figures import Figure, none_of

# In bfloat16 a crowd's matrix products round otherwise than a single request's, and one in a few answers shows it.
SETTINGS = {"UNBLOCKED_DTYPE": "float32"}
_SEED = 8
_ANSWER_TOKENS = 24


@dataclass(frozen=True, slots=True)
class Echo:
    """What one client got. is_own_id: the answer bears the id that its request had."""

    canary: str
    text: str
    is_own_id: bool
    is_own_count: bool  # the prompt was counted as when asked alone
    is_as_alone: bool  # word for word what the same prompt gets when nobody else asks
    detokenized: str  # its canary, there and back through the tokenizer


async def rage(arena: Arena) -> list[Figure]:
    """Ask alone, ask in a crowd, compare."""
    return judge(await drive(arena))


async def drive(arena: Arena) -> list[Echo]:
    """Every canary is asked for alone first, then all of them at once, streamed and whole."""
    target, rng = arena.target, random.Random(_SEED)
    canaries = [f"{rng.getrandbits(40):010X}" for _ in range(arena.scale.num_canaries)]
    async with Pool(target) as pool:
        alone = {canary: await _chat(target, pool, canary, is_stream=False) for canary in canaries}
        echoes: list[Echo] = []
        for number in range(arena.scale.num_canary_rounds):
            rng.shuffle(canaries)
            echoes += await asyncio.gather(
                *(_echo(target, pool, canary, alone[canary], is_stream=(place + number) % 2 == 0)
                  for place, canary in enumerate(canaries))
            )  # fmt: skip
    return echoes


def judge(echoes: Sequence[Echo]) -> list[Figure]:
    """No answer holds anything of another's prompt."""
    canaries = {echo.canary for echo in echoes}
    mixed = [echo for echo in echoes if any(word in echo.text for word in canaries - {echo.canary})]
    num = len(echoes)
    return [
        none_of("answers with another's canary", len(mixed), num),
        none_of("answers with another's id", sum(not echo.is_own_id for echo in echoes), num),
        none_of("prompts counted otherwise than alone", sum(not echo.is_own_count for echo in echoes), num),
        none_of("answers otherwise than alone", sum(not echo.is_as_alone for echo in echoes), num),
        none_of("canaries garbled by the tokenizer", sum(x.detokenized != x.canary for x in echoes), num),
    ]


async def _echo(target: Target, pool: Pool, canary: str, alone: _Reply, *, is_stream: bool) -> Echo:
    reply, detokenized = await asyncio.gather(
        _chat(target, pool, canary, is_stream=is_stream), _round_trip(target, pool, canary)
    )
    return Echo(
        canary,
        reply.text,
        is_own_id=reply.request_id == f"storm-{canary}",
        is_own_count=reply.num_prompt_tokens == alone.num_prompt_tokens,
        is_as_alone=reply.text == alone.text,
        detokenized=detokenized,
    )


@dataclass(frozen=True, slots=True)
class _Reply:
    text: str
    request_id: str
    num_prompt_tokens: int


async def _chat(target: Target, pool: Pool, canary: str, *, is_stream: bool) -> _Reply:
    """Raises: BrokenAnswerError, if there is no good answer."""
    raw = wire.chat_request(
        target, f"Repeat after me: {canary}", max_tokens=_ANSWER_TOKENS, is_stream=is_stream,
        request_id=f"storm-{canary}", has_usage=True,
    )  # fmt: skip
    answer = await pool.ask(raw)
    if not answer.is_complete:
        raise BrokenAnswerError(f"status {answer.status}: {answer.body[:200]!r}")
    return reply_of(answer)


def reply_of(answer: Answer) -> _Reply:
    """The text, the id and the count of an answer, streamed or whole."""
    request_id = answer.headers.get(b"x-request-id", b"").decode()
    if not answer.is_stream:
        found = orjson.loads(answer.body)
        text = found["choices"][0]["message"]["content"]
        return _Reply(text, request_id, found["usage"]["prompt_tokens"])
    events = [orjson.loads(line[6:]) for line in answer.body.split(b"\n\n") if line.startswith(b"data: {")]
    text = "".join(choice["delta"].get("content") or "" for event in events for choice in event["choices"])
    usage = next(event["usage"] for event in reversed(events) if event.get("usage"))
    return _Reply(text, request_id, usage["prompt_tokens"])


async def _round_trip(target: Target, pool: Pool, text: str) -> str:
    ids = await pool.ask(wire.post(target, "/v1/tokenize", {"model": target.model, "text": text}))
    back = await pool.ask(
        wire.post(target, "/v1/detokenize", {"model": target.model, "token_ids": orjson.loads(ids.body)["token_ids"]})
    )
    return str(orjson.loads(back.body)["text"])
