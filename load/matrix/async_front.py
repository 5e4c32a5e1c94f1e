"""An async front with blocking inference, as this service is: where the work runs, and how the engine takes it.

The five places are the lab's endpoints of a real server (`app/lab/lab.py` is the code to copy). The same server's
batched engine, asked over HTTP, is held against the textbook's pool of threads in this process (`textbook.py`), which
pays for no HTTP.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import httpx

from load import lab
from load.matrix.experiment import Agreement, Experiment, Verdict, verdict
from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale
from load.own_server import own_server

_TIMEOUT_S = 120.0


async def answer_tokens(url: str, *, num_clients: int, max_tokens: int) -> int:
    """Ask for chats, all at once, and count the tokens of the answers. This is the whole of an LLM client."""
    async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S) as client:
        model = (await client.get("/v1/models")).json()["data"][0]["id"]
        bodies = [
            {
                "model": model,
                "max_tokens": max_tokens,
                "temperature": 1.0,
                "seed": seed,
                "messages": [{"role": "user", "content": f"Question {seed}: threads or processes?"}],
            }
            for seed in range(num_clients)
        ]
        answers = await asyncio.gather(*[client.post("/v1/chat/completions", json=body) for body in bodies])
        return sum(answer.raise_for_status().json()["usage"]["completion_tokens"] for answer in answers)


_STOP = "longest stop of the loop, as clients see it"
_SHARE = "share of the work's time in which the loop stood"
_RATE = "output tokens a second"
_BATCHED = "batched engine"
_TEXTBOOK = "generate(), max_workers={}"
_CLIENTS = 8


def measure(scale: Scale) -> list[Figure]:
    max_tokens = scale.pick(48, 8)
    note = f"{_CLIENTS} clients, at most {max_tokens} tokens each"
    with own_server({"UNBLOCKED_ENGINE": "batched", "UNBLOCKED_LAB_ENABLED": "1"}) as url:
        figures = list(_endpoints(url, scale))
        figures.append(Figure(_RATE, _BATCHED, _served_rate(url, max_tokens), "tokens/s", note=note))
    from load.matrix import textbook  # torch, and only now: it would compete with the server

    for count in (1, 4):
        rate = textbook.rate(num_clients=_CLIENTS, num_tokens=max_tokens, num_threads=count)
        figures.append(Figure(_RATE, _TEXTBOOK.format(count), rate, "tokens/s", note=note))
    return figures


def _served_rate(url: str, max_tokens: int) -> float:
    asyncio.run(answer_tokens(url, num_clients=1, max_tokens=4))
    began = time.perf_counter()
    num_tokens = asyncio.run(answer_tokens(url, num_clients=_CLIENTS, max_tokens=max_tokens))
    return num_tokens / (time.perf_counter() - began)


def _endpoints(url: str, scale: Scale) -> Iterator[Figure]:
    sizes = {"num_forwards": scale.pick(25, 5), "num_chars": scale.pick(1_000_000, 100_000)}
    for row in lab.measure_all(url, **sizes):
        stop_ms = min(row.loop_delay_ms, row.ping.longest_silence_ms)
        yield Figure(_STOP, row.endpoint, stop_ms, "ms", note=row.explanation)
        yield Figure(_SHARE, row.endpoint, 100 * stop_ms / row.took_ms, "%")


def judge(figures: Figures) -> list[Verdict]:
    blocking, offloaded, gil, process = (figures.of(_STOP, way) for way in ("blocking", "offloaded", "gil", "process"))
    batched, one, four = (figures.of(_RATE, way) for way in (_BATCHED, *map(_TEXTBOOK.format, (1, 4))))
    return [
        verdict(
            "asyncio with to_thread keeps the loop free for requests",
            f"longest stop {offloaded:.0f} ms in to_thread, {blocking:,.0f} ms on the loop",
            holds=offloaded < blocking / 4,
        ),
        verdict(
            "in C the GIL is released by itself",
            f"a C call that holds it stops the loop for {gil:.0f} ms in to_thread, for {process:.0f} ms in a process",
            holds=gil < 3 * offloaded,
            otherwise=Agreement.TOO_SIMPLE,
        ),
        verdict(
            "a pool of 4 inference threads answers 4 requests in parallel",
            f"{_CLIENTS} clients: {four:.0f} tokens/s with 4 threads, {one:.0f} with 1",
            holds=four > 1.25 * one,
        ),
        verdict(
            "the standard: generate() in a thread for each request",
            f"{_CLIENTS} clients: {max(one, four):.0f} tokens/s at best, {batched:.0f} from a batching engine",
            holds=batched < 1.25 * max(one, four),
            otherwise=Agreement.TOO_SIMPLE,
        ),
    ]


EXPERIMENT = Experiment("Async front, blocking inference (this service)", measure, judge)
