"""The HTTP benchmark asks for what the workload says, and takes nothing else for an answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import torch

from load.bench.http_bench import _ask_all, measure, served_model
from load.bench.saved_model import save_random_model
from load.bench.serving import Serving
from load.bench.shapes import SHAPES
from load.bench.sse_client import UnexpectedAnswerError
from load.bench.timing import RequestTrace
from load.bench.workload import Workload
from tests.load.bench.streaming_server import DONE, StreamingServer, text, usage

DEADLINE_S = 30
WORKLOAD = Workload(num_seqs=2, prompt_len=10, output_len=3, num_rounds=3)


def answer(body: dict[str, Any]) -> list[bytes]:
    (message,) = body["messages"]
    pieces = [text("x")] * body["max_tokens"]
    return [*pieces, usage(len(message["content"]), body["max_tokens"]), DONE]


async def ask(server: StreamingServer) -> list[RequestTrace]:
    async with asyncio.timeout(DEADLINE_S):
        url = f"http://127.0.0.1:{server.port}"
        return await _ask_all(url, WORKLOAD.texts(seed=1), workload=WORKLOAD, output_len=WORKLOAD.output_len)


async def test_every_text_is_asked_once_over_as_many_connections_as_clients() -> None:
    async with StreamingServer(answer) as server:
        traces = await ask(server)
    assert [trace.num_tokens for trace in traces] == [3] * 6
    assert sorted(body["messages"][0]["content"] for body in server.asked) == sorted(WORKLOAD.texts(seed=1))
    assert server.num_connections == WORKLOAD.num_seqs + 1  # and one that asked for the model's name
    assert {body["model"] for body in server.asked} == {"made-up"}
    assert all(body["ignore_eos"] and body["temperature"] == 0 for body in server.asked)


async def test_an_answer_of_another_length_is_an_error() -> None:
    async with StreamingServer(lambda _: [text("x"), usage(10, 2), DONE]) as server:
        with pytest.raises(UnexpectedAnswerError, match=r"10 \+ 3 tokens were asked for"):
            await ask(server)


def test_the_real_service_answers_a_saved_random_model(tmp_path: Path) -> None:
    save_random_model(SHAPES["tiny"], tmp_path)
    with served_model(
        tmp_path,
        Serving(
            "cpu", num_threads=torch.get_num_threads(), max_num_seqs=2, max_num_batched_tokens=32, max_model_len=64
        ),
    ) as url:
        found = measure(url, WORKLOAD, num_repeats=2)
    assert len(found.runs) == 2
    assert found.extra["num_healthz"] >= 1
    assert 0 < found.extra["healthz_p50_ms"] <= found.extra["healthz_p99_ms"] <= found.extra["healthz_max_ms"]
