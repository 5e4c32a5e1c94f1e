"""Turns and crowds are asked as they should be, and what the server says is told."""

from __future__ import annotations

import asyncio
from typing import Any

from load.bench.chats import ChatPlan, ChatReport, Crowd, Turn, format_chats, measure_on_loop
from load.bench.timing import RequestTrace
from load.bench.workload import Workload
from tests.load.bench.streaming_server import DONE, StreamingServer, event, text

DEADLINE_S = 30
PLAN = ChatPlan(history=50, long_prompt=200, crowd=Workload(3, 8, 4), num_repeats=2)
LONG_ONE = RequestTrace(1.5, (6.0,))


def answer(body: dict[str, Any]) -> list[bytes]:
    """Whatever has more than one message has its first one cached."""
    lengths = [len(message["content"]) for message in body["messages"]]
    cached = {"cached_tokens": lengths[0] if len(lengths) > 1 else 0}
    counts = {"prompt_tokens": sum(lengths), "completion_tokens": body["max_tokens"], "prompt_tokens_details": cached}
    return [*[text("x")] * body["max_tokens"], event(choices=[], usage=counts), DONE]


async def test_follow_ups_continue_their_first_turn_and_a_long_prompt_joins_every_second_crowd() -> None:
    async with StreamingServer(answer) as server, asyncio.timeout(DEADLINE_S):
        report = await measure_on_loop(f"http://127.0.0.1:{server.port}", "made-up", PLAN)
    assert [(turn.num_prompt_tokens, turn.num_cached_tokens) for turn in report.turns] == [(84, 50)] * 2
    asked = [[message["content"] for message in body["messages"]] for body in server.asked]
    for first, follow_up in zip(asked[0:6:2], asked[1:6:2], strict=True):
        assert follow_up[0] == first[0]
    lengths = [sum(map(len, texts)) for texts in asked[6:]]
    assert lengths.count(8) == 2 * 2 * 3
    assert lengths.count(200) == 2
    assert len({texts[0] for texts in asked[6:]}) == 14, "no prompt is asked twice, or the cache would answer"
    assert all(len(crowd.gaps_ms) == 3 * 3 for crowd in (*report.alone, *report.beside_long))
    assert all(crowd.long_ttft_ms is None for crowd in report.alone)
    assert all(crowd.long_ttft_ms and crowd.long_ttft_ms > 0 for crowd in report.beside_long)


def test_the_tables_show_shares_and_the_widest_gaps() -> None:
    crowd = Crowd.of([RequestTrace(0.0, (1.0, 1.5, 3.5)), RequestTrace(0.0, (1.0, 2.0))], took_s=3.5, long_one=LONG_ONE)
    quick = Crowd.of([RequestTrace(0.0, (1.0, 1.1))], took_s=1.1)
    shown = format_chats(ChatReport((Turn(1000.0, 250.0, 1034, 1000),), (quick,), (crowd,)))
    assert "0.25 of the first turn's TTFT" in shown
    assert ["1", "1000", "250", "0.25", "1034", "1000"] in [line.split() for line in shown.splitlines()]
    assert any(line.split() == ["alone", "100", "100", "100"] for line in shown.splitlines())
    assert any(line.split()[-4:] == ["1000", "2000", "2000", "4500"] for line in shown.splitlines())
