"""Slow readers are compared with prompt ones, and the others must have whole answers."""

from __future__ import annotations

import asyncio

import pytest

from load.storm import slow_readers
from load.storm.outcome import Fate, Outcome
from load.storm.slow_readers import Findings, itl_p99_ms, judge
from tests.load.storm.fake_server import DEADLINE_S, Asked, FakeServer, chat_answer, http
from tests.load.storm.verdicts import broken

METERS = {"unblocked_sequences_running": 2.0}


def answered(*moments: float, fate: Fate = Fate.COMPLETE) -> Outcome:
    return Outcome(0, 0, moments[-1], fate, 200, moments)


async def test_normal_readers_have_whole_answers_beside_slow_ones() -> None:
    async with FakeServer(meters=METERS) as server, asyncio.timeout(DEADLINE_S):
        found = await slow_readers.drive(server.arena)
    assert len(found.beside_slow_ms) == len(found.beside_prompt_ms) == 1
    assert len(found.normal) == 4
    assert "other answers that are not complete" not in broken(judge(found))


async def test_an_answer_that_is_cut_beside_slow_readers_breaks() -> None:
    async def answer(asked: Asked) -> bytes:
        return chat_answer(asked) if asked.json["max_tokens"] > 100 else http(503, b"{}", Retry_After="1")

    async with FakeServer(meters=METERS, routes={"/v1/chat/completions": answer}) as server:
        async with asyncio.timeout(DEADLINE_S):
            found = await slow_readers.drive(server.arena)
    assert "other answers that are not complete" in broken(judge(found))


def test_the_first_piece_and_answers_that_are_not_whole_have_no_gap() -> None:
    outcomes = [answered(0.0, 5.0, 5.01, 5.03), answered(0.0, 5.0, 9.0, fate=Fate.LOST)]
    assert itl_p99_ms(outcomes) == pytest.approx(20)


@pytest.mark.parametrize(("slow_ms", "is_held"), [((11.0, 30.0, 10.0), True), ((11.2, 30.0, 10.0), False)])
def test_the_middle_of_the_rounds_decides(slow_ms: tuple[float, ...], is_held: bool) -> None:
    figures = judge(Findings((10.0, 10.0, 10.0), slow_ms, [answered(0.0)]))
    assert broken(figures, judges_timings=True) == (set() if is_held else {"times as long beside slow readers"})
