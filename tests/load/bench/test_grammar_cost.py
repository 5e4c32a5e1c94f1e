"""Streams are asked by turns without and with the schema, and the table says what it costs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import llguidance
import orjson
import pytest

from load.bench.grammar_cost import GrammarCost, format_costs, measure, schema
from load.bench.http_bench import served_model
from load.bench.saved_model import save_random_model
from load.bench.serving import Serving
from load.bench.shapes import SHAPES
from load.bench.sse_client import UnexpectedAnswerError
from load.bench.timing import Spread
from load.bench.workload import Workload
from tests.load.bench.streaming_server import DONE, StreamingServer, text, usage

DEADLINE_S = 30


def answer(body: dict[str, Any]) -> list[bytes]:
    num_tokens = body["max_tokens"]
    return [*[text("x")] * num_tokens, usage(len(body["messages"][0]["content"]), num_tokens), DONE]


async def test_every_repetition_is_asked_without_and_with_the_schema() -> None:
    async with StreamingServer(answer) as server, asyncio.timeout(DEADLINE_S):
        url = f"http://127.0.0.1:{server.port}"
        (cost,) = await asyncio.to_thread(measure, url, [Workload(1, 8, 6)], num_repeats=2)
    forms = [body.get("structured_outputs") for body in server.asked]
    assert [form is not None for form in forms] == [True, False, True, False, True], "the first one warms up"
    assert forms[0] == {"json": schema(num_items=6)}
    assert len({body["messages"][0]["content"] for body in server.asked}) == 5
    assert cost.num_seqs == 1
    assert 0 < cost.free_ms.low <= cost.free_ms.high


async def test_answers_too_short_to_be_measured_are_an_error() -> None:
    async with StreamingServer(answer) as server, asyncio.timeout(DEADLINE_S):
        with pytest.raises(UnexpectedAnswerError, match="longer answers"):
            await asyncio.to_thread(measure, f"http://127.0.0.1:{server.port}", [Workload(1, 8, 1)], num_repeats=1)


def test_the_schema_is_one_that_can_be_honoured() -> None:
    grammar = llguidance.LLMatcher.grammar_from_json_schema(orjson.dumps(schema(num_items=64)).decode())
    assert not llguidance.LLMatcher.validate_grammar(grammar)


def test_the_table_has_both_times_and_what_the_schema_adds() -> None:
    shown = format_costs([GrammarCost(16, Spread(4.0, 3.5, 5.0), Spread(5.0, 4.5, 6.0))])
    assert shown.splitlines()[-1].split() == ["16", "4.00", "(3.50-5.00)", "5.00", "(4.50-6.00)", "+25.0%"]


def test_the_real_service_keeps_a_random_model_to_the_schema(tmp_path: Path) -> None:
    save_random_model(SHAPES["tiny"], tmp_path, has_end=True)
    serving = Serving("cpu", num_threads=1, max_num_seqs=2, max_num_batched_tokens=32, max_model_len=64)
    with served_model(tmp_path, serving) as url:
        (cost,) = measure(url, [Workload(1, 8, 16)], num_repeats=1)
    assert cost.kept_ms.median > 0
