"""The whole service from outside: streamed answers over HTTP, while another client asks /healthz every 50 ms."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvloop

from load.bench import names
from load.bench.result import Measurement, Run
from load.bench.serving import Serving
from load.bench.sse_client import StreamClient, UnexpectedAnswerError
from load.bench.timing import RequestTrace, percentile
from load.bench.workload import Workload
from load.own_server import own_server
from load.ping import Pinger

PING_INTERVAL_S = 0.050
SERVED_NAME = "bench"
_WARM_UP_TOKENS = 4
_PATIENCE_S = 600  # on a slow machine admission would refuse what it can't finish in the usual time


@contextmanager
def served_model(folder: Path, serving: Serving) -> Iterator[str]:
    """The URL of a service of its own for a saved model. Raises: ServerNotReadyError."""
    env = {
        "UNBLOCKED_MODEL": str(folder),
        "UNBLOCKED_SERVED_MODEL_NAME": SERVED_NAME,
        "UNBLOCKED_REQUEST_TIMEOUT_S": str(_PATIENCE_S),
        **serving.settings(),
    }
    with own_server(env) as url:
        yield url


def measure(url: str, workload: Workload, *, num_repeats: int) -> Measurement:
    """Warm up, then run the workload so often, each time with other prompts.

    Raises: UnexpectedAnswerError, if an answer or a prompt is not as long as asked for; OSError.
    """
    ask_all(url, workload.texts(seed=0), workload=workload, output_len=_WARM_UP_TOKENS)
    with Pinger(url, interval_s=PING_INTERVAL_S) as pinger:
        began, began_cpu = time.perf_counter(), time.process_time()
        runs = [
            Run.of(ask_all(url, workload.texts(seed=repeat), workload=workload, output_len=workload.output_len))
            for repeat in range(1, num_repeats + 1)
        ]
        ended, ended_cpu = time.perf_counter(), time.process_time()
    waits = pinger.latencies_ms(began, ended)
    extra = {
        "healthz_p50_ms": percentile(waits, 0.50),
        "healthz_p99_ms": percentile(waits, 0.99),
        "healthz_max_ms": percentile(waits, 1.0),
        "num_healthz": float(len(waits)),
        "client_cpu_share": (ended_cpu - began_cpu) / (ended - began),
    }
    return Measurement(names.HTTP, workload, tuple(runs), extra=extra)


def ask_all(
    url: str, texts: Sequence[str], *, workload: Workload, output_len: int, extra: Mapping[str, Any] | None = None
) -> list[RequestTrace]:
    """Put all texts to the server from workload.num_seqs connections at once; returns the answers' traces.

    extra: more fields of each request.
    """
    return uvloop.run(_ask_all(url, texts, workload=workload, output_len=output_len, extra=extra))


async def _ask_all(
    url: str, texts: Sequence[str], *, workload: Workload, output_len: int, extra: Mapping[str, Any] | None = None
) -> list[RequestTrace]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    left = iter(texts)
    traces: list[RequestTrace] = []
    model = await asyncio.to_thread(_model_name, url)
    clients = [await StreamClient.connect(parts.hostname, parts.port) for _ in range(workload.num_seqs)]

    async def ask_on(client: StreamClient) -> None:
        for text in left:  # shared: each client takes the next one
            trace, usage = await client.chat({**_body(model, text, output_len), **(extra or {})})
            if (usage["prompt_tokens"], usage["completion_tokens"]) != (workload.prompt_len, output_len):
                raise UnexpectedAnswerError(f"{workload.prompt_len} + {output_len} tokens were asked for, not {usage}")
            traces.append(trace)

    try:
        await asyncio.gather(*(ask_on(client) for client in clients))
    finally:
        for client in clients:
            await client.close()
    return traces


def _body(model: str, text: str, output_len: int) -> dict[str, Any]:
    return {
        "model": model,
        "messages": [{"role": "user", "content": text}],
        "max_tokens": output_len,
        "temperature": 0,
        "ignore_eos": True,
    }


def _model_name(url: str) -> str:
    with urllib.request.urlopen(f"{url}/v1/models", timeout=30) as answer:
        return str(json.load(answer)["data"][0]["id"])
