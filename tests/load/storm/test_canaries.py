"""The canaries hold with a server that keeps answers apart, and break with one that mixes any part of them up."""

from __future__ import annotations

import asyncio
import json

import pytest

from load.storm import canaries
from tests.load.storm.fake_server import DEADLINE_S, Asked, FakeServer, chat_answer, http
from tests.load.storm.verdicts import broken

MIXED_TEXT = {"answers with another's canary", "answers otherwise than alone"}


async def rage(server: FakeServer) -> set[str]:
    async with server, asyncio.timeout(DEADLINE_S):
        return broken(await canaries.rage(server.arena))


async def test_a_server_that_keeps_them_apart_holds() -> None:
    assert await rage(FakeServer()) == set()


class OneBehind:
    """Answers the first requests, those asked alone, properly; then each with a part of the one before."""

    def __init__(self, part: str) -> None:
        self._part = part
        self._before: Asked | None = None
        self._number = 0

    async def __call__(self, asked: Asked) -> bytes:
        self._number += 1
        before, self._before = self._before, asked
        if self._number <= 3 or before is None:
            return chat_answer(asked)
        if self._part == "text":
            return chat_answer(asked, before.json["messages"][-1]["content"])
        return chat_answer(Asked(asked.method, asked.path, before.headers, asked.body))


@pytest.mark.parametrize(("part", "promises"), [("text", MIXED_TEXT), ("id", {"answers with another's id"})])
async def test_a_part_of_another_answer_breaks(part: str, promises: set[str]) -> None:
    assert await rage(FakeServer(routes={"/v1/chat/completions": OneBehind(part)})) == promises


async def test_an_answer_that_depends_on_the_crowd_breaks() -> None:
    async def answer(asked: Asked) -> bytes:
        return chat_answer(asked, "alone" if len(server.asked) <= 3 else "in a crowd")

    server = FakeServer(routes={"/v1/chat/completions": answer})
    assert await rage(server) == {"answers otherwise than alone"}


async def test_a_tokenizer_that_gives_another_text_back_breaks() -> None:
    async def detokenize(asked: Asked) -> bytes:
        return http(200, json.dumps({"text": "another"}).encode())

    assert await rage(FakeServer(routes={"/v1/detokenize": detokenize})) == {"canaries garbled by the tokenizer"}
