"""Our whole service beside another OpenAI-compatible server that runs already: the same requests, in turns.

The other serves the random model too, converted to its own format (`--save` writes it): same shape, and a prompt has as
many tokens there. Its first token counts when it has arrived, as ours does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import torch

from load.bench import http_bench
from load.bench.result import Measurement, Run
from load.bench.serving import Serving
from load.bench.timing import Spread, Timing
from load.bench.workload import Workload
from load.table import format_table

PEER = "the other"
_WARM_UP_TOKENS = 4


@contextmanager
def served(folder: Path, serving: Serving) -> Iterator[dict[str, str]]:
    """URLs of services of ours for a saved model, by name: bf16, and int8 weights where this machine has them.

    Raises: ServerNotReadyError.
    """
    kinds = [replace(serving, weights="auto")]
    has_bfloat16 = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    has_int8 = torch.cpu._is_vnni_supported() if has_bfloat16 else torch.cpu._is_avx2_supported()  # or it won't start
    if serving.device == "cpu" and has_int8:
        kinds.append(replace(serving, weights="int8"))
    with ExitStack() as stack:
        yield {
            f"Unblocked, {'int8' if kind.weights == 'int8' else 'bf16'}": stack.enter_context(
                http_bench.served_model(folder, kind)
            )
            for kind in kinds
        }


def measure(urls: Mapping[str, str], workload: Workload, *, num_repeats: int) -> list[Measurement]:
    """Warm up all servers, then put each repetition's requests to one after another, so that a noisy minute hits all.

    Raises: UnexpectedAnswerError, if a prompt or an answer is not as long as asked for; OSError.
    """
    for url in urls.values():
        http_bench.ask_all(url, workload.texts(seed=0), workload=workload, output_len=_WARM_UP_TOKENS)
    runs: dict[str, list[Run]] = {name: [] for name in urls}
    for repeat in range(1, num_repeats + 1):
        texts = workload.texts(seed=repeat)
        for name, url in urls.items():
            traces = http_bench.ask_all(url, texts, workload=workload, output_len=workload.output_len)
            runs[name].append(Run.of(traces))
    return [Measurement(name, workload, tuple(found)) for name, found in runs.items()]


def format_peer(measurements: Sequence[Measurement]) -> str:
    """A table: at each number of clients the other server, and ours with what they have of its figures."""
    head = ("clients", "server", "tok/s", "x other", "TTFT p50 ms", "x other", "p99", "ITL p50 ms", "p99")
    peers = {found.workload: found for found in measurements if found.name == PEER}
    rows = [
        (
            str(found.workload.num_seqs),
            found.name,
            _spread(found.rate),
            _ratio(found, peers[found.workload], lambda timing: timing.rate),
            _spread(found.latency_ms("ttft_p50_ms")),
            _ratio(found, peers[found.workload], lambda timing: timing.ttft_p50_ms),
            *(f"{found.latency_ms(name).median:.1f}" for name in ("ttft_p99_ms", "itl_p50_ms", "itl_p99_ms")),
        )
        for found in measurements
    ]
    workload = measurements[0].workload
    title = (
        f"Streamed over HTTP: {workload.prompt_len} prompt + {workload.output_len} output tokens, "
        f"{workload.num_rounds} requests a client; median (lowest-highest) of {len(measurements[0].runs)}"
    )
    return f"{title}\n{format_table(head, rows, num_left=2)}"


def _ratio(found: Measurement, peer: Measurement, figure: Callable[[Timing], float]) -> str:
    """The median of the repetitions' own ratios: what was measured one after another is compared."""
    if found is peer:
        return ""
    pairs = zip(found.runs, peer.runs, strict=True)
    return f"{Spread.of(figure(ours.timing) / figure(theirs.timing) for ours, theirs in pairs).median:.2f}"


def _spread(spread: Spread) -> str:
    return f"{spread.median:.0f} ({spread.low:.0f}-{spread.high:.0f})"
