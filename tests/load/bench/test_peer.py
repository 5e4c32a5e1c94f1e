"""Two servers are asked the same in turns, and what one has of the other's figures is told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import torch

from app.engine.int8_linear import is_int8_available
from load.bench import peer
from load.bench.peer import PEER, format_peer
from load.bench.result import Measurement, Run
from load.bench.saved_model import save_random_model
from load.bench.serving import Serving
from load.bench.shapes import SHAPES
from load.bench.timing import RequestTrace
from load.bench.workload import Workload
from tests.load.bench.streaming_server import DONE, StreamingServer, text, usage

DEADLINE_S = 30
WORKLOAD = Workload(num_seqs=2, prompt_len=10, output_len=3, num_rounds=2)


def run(*, ttft_s: float, took_s: float) -> Run:
    """Two tokens, the first and the last."""
    return Run.of([RequestTrace(0.0, (ttft_s, took_s))])


async def test_every_repetition_puts_the_same_requests_to_each_server_after_a_warm_up() -> None:
    asked: list[tuple[str, str]] = []

    def server(name: str) -> StreamingServer:
        def answer(body: dict[str, Any]) -> list[bytes]:
            asked.append((name, body["messages"][0]["content"]))
            return [text("x"), usage(10, body["max_tokens"]), DONE]

        return StreamingServer(answer)

    async with server("ours") as ours, server(PEER) as other, asyncio.timeout(DEADLINE_S):
        urls = {name: f"http://127.0.0.1:{server.port}" for name, server in (("ours", ours), (PEER, other))}
        found = await asyncio.to_thread(peer.measure, urls, WORKLOAD, num_repeats=2)
    assert [(one.name, len(one.runs)) for one in found] == [("ours", 2), (PEER, 2)]
    turns = [asked[first : first + 4] for first in range(0, len(asked), 4)]
    assert [{name for name, _ in turn} for turn in turns] == [{"ours"}, {PEER}] * 3
    for seed, (mine, theirs) in enumerate(zip(turns[0::2], turns[1::2], strict=True)):
        texts = sorted(WORKLOAD.texts(seed=seed))
        assert sorted(content for _, content in mine) == sorted(content for _, content in theirs) == texts


def test_the_ratios_are_those_of_neighbours_in_time() -> None:
    ours = Measurement("ours", WORKLOAD, tuple(run(ttft_s=0.1, took_s=took_s) for took_s in (1.0, 2.0, 40.0)))
    other = Measurement(PEER, WORKLOAD, tuple(run(ttft_s=0.2, took_s=took_s) for took_s in (2.0, 4.0, 20.0)))
    lines = [line.split("  ") for line in format_peer([ours, other]).splitlines()]
    rows = [[cell.strip() for cell in line if cell] for line in lines if len(line) > 5][1:]
    assert rows[0][:6] == ["2", "ours", "1 (0-2)", "2.00", "100 (100-100)", "0.50"]
    assert rows[1][:4] == ["2", PEER, "0 (0-1)", "200 (200-200)"], "the other has no ratio to itself"


def test_our_services_answer_beside_a_server_of_the_same_model(tmp_path: Path) -> None:
    save_random_model(SHAPES["tiny"], tmp_path)
    serving = Serving(
        "cpu", num_threads=torch.get_num_threads(), max_num_seqs=2, max_num_batched_tokens=32, max_model_len=64
    )
    with peer.served(tmp_path, serving) as ours:
        names = [*ours, PEER]
        found = peer.measure({**ours, PEER: next(iter(ours.values()))}, WORKLOAD, num_repeats=1)
    assert names[0] == "Unblocked, bf16"
    assert ("Unblocked, int8" in names) == (is_int8_available() or not torch.ops.mkldnn._is_mkldnn_bf16_supported())
    shown = format_peer(found)
    assert all(name in shown for name in names)
