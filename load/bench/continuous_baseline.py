"""transformers' own continuous batching, set up as well as we know how.

On a CPU it would plan its cache for all memory, build masks over it, and read thousands of prompt tokens in one step;
told the workload's own size, and to take scaled_dot_product_attention, it was fastest. On a GPU it plans by itself
better than that, so there only the number of requests is told.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

from transformers import ContinuousBatchingConfig, GenerationConfig

from load.bench import names
from load.bench.result import Measurement, Run
from load.bench.timing import RequestTrace
from load.bench.workload import Workload

_PAGE_TOKENS = 32
_MAX_STEP_TOKENS = 512
_RESULT_TIMEOUT_S = 600.0


class ContinuousBatchingError(Exception):
    """transformers' continuous batching lost requests; it logs why."""


def measure_continuous(model: Any, workload: Workload, *, num_repeats: int) -> Measurement:
    """Run the workload so often through one manager. Raises: ContinuousBatchingError.

    Leaves the model with the attention that suits it best.
    """
    model.set_attn_implementation("sdpa")
    generation = GenerationConfig(max_new_tokens=workload.output_len, do_sample=False, eos_token_id=-1)
    vocab_size = model.config.vocab_size
    manager = model.continuous_batching_context_manager(
        generation_config=generation, continuous_batching_config=_config(model, workload), timeout=5
    )
    with manager as running:
        _serve(running, workload.prompts(vocab_size=vocab_size, seed=0), output_len=4)
        runs = []
        for repeat in range(1, num_repeats + 1):
            prompts = workload.prompts(vocab_size=vocab_size, seed=repeat)
            runs.append(Run.of(_serve(running, prompts, output_len=workload.output_len)))
    return Measurement(names.CONTINUOUS, workload, tuple(runs))


def _config(model: Any, workload: Workload) -> ContinuousBatchingConfig:
    if model.device.type != "cpu":
        return ContinuousBatchingConfig(max_requests_per_batch=workload.num_seqs)
    pages = math.ceil(workload.context_len / _PAGE_TOKENS)
    return ContinuousBatchingConfig(
        page_size=_PAGE_TOKENS,
        num_blocks=(workload.num_seqs + 1) * (pages + 1),
        max_batch_tokens=max(_MAX_STEP_TOKENS, workload.num_seqs),
        max_requests_per_batch=workload.num_seqs,
        allow_block_sharing=False,
    )


def _serve(manager: Any, prompts: Sequence[Sequence[int]], *, output_len: int) -> list[RequestTrace]:
    asked = time.perf_counter()
    left = set(
        manager.add_requests(inputs=[list(ids) for ids in prompts], max_new_tokens=output_len, record_timestamps=True)
    )
    traces = []
    while left:
        result = manager.get_result(timeout=_RESULT_TIMEOUT_S)
        if result is None or result.error is not None or len(result.timestamps) != output_len:
            raise ContinuousBatchingError(f"{len(left)} of {len(prompts)} requests were not answered as asked")
        left.remove(result.request_id)
        traces.append(RequestTrace(asked, tuple(result.timestamps)))
    return traces
