"""Other ways to serve the same model on the same prompts: the textbook, and the two that transformers brings.

Each takes the saved model as anyone would load it. Greedy, a fixed number of new tokens, no token that ends an answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, GenerationConfig, StoppingCriteria, StoppingCriteriaList

from load.bench import names
from load.bench.continuous_baseline import measure_continuous
from load.bench.result import Measurement, Run
from load.bench.timing import RequestTrace
from load.bench.workload import Workload

TEXTBOOK_THREADS = (1, 4)
NAMES = (*map(names.textbook, TEXTBOOK_THREADS), names.STATIC, names.CONTINUOUS)
_WARM_UP_TOKENS = 4
_PROBE_TOKENS = 16

# What a way to serve does with a list of prompts: answer each with so many tokens, and say when each token came.
Serve = Callable[[Sequence[Sequence[int]], int], list[RequestTrace]]


def measure_all(folder: Path, workloads: Sequence[Workload], *, device: str, num_repeats: int) -> list[Measurement]:
    """Every baseline on every workload, with torch's present thread count. Takes minutes on a CPU.

    A CPU without bfloat16 instructions computes some of them faster in float32: each gets what suits it.
    """
    models = [AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).to(device).eval() for dtype in _dtypes(device)]
    found = []
    for workload in workloads:
        for count in TEXTBOOK_THREADS:
            model = _fastest(models, partial(_textbook, num_threads=count), workload)
            found.append(_measure(names.textbook(count), _textbook(model, count), workload, model, num_repeats))
        model = _fastest(models, _static, workload)
        found.append(_measure(names.STATIC, _static(model), workload, model, num_repeats))
    # Last: it changes the model's attention. It makes the same products as a static batch.
    return found + [
        measure_continuous(_fastest(models, _static, workload), workload, num_repeats=num_repeats)
        for workload in workloads
    ]


def _dtypes(device: str) -> list[torch.dtype]:
    if device == "cpu" and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return [torch.bfloat16, torch.float32]
    return [torch.bfloat16]


def _fastest(models: Sequence[Any], way: Callable[[Any], Serve], workload: Workload) -> Any:
    """The model that answers a few tokens soonest, after a warm-up.

    Short prompts decide: in the type that is slower here, whole ones take minutes.
    """
    if len(models) == 1:
        return models[0]
    probe = replace(workload, prompt_len=min(workload.prompt_len, _PROBE_TOKENS))
    prompts = probe.prompts(vocab_size=models[0].config.vocab_size, seed=0)
    times = []
    for model in models:
        serve = way(model)
        serve(prompts, 1)
        began = time.perf_counter()
        serve(prompts, _WARM_UP_TOKENS)
        times.append(time.perf_counter() - began)
    return models[times.index(min(times))]


def _measure(name: str, serve: Serve, workload: Workload, model: Any, num_repeats: int) -> Measurement:
    vocab_size = model.config.vocab_size
    serve(workload.prompts(vocab_size=vocab_size, seed=0), _WARM_UP_TOKENS)
    runs = []
    for repeat in range(1, num_repeats + 1):
        prompts = workload.prompts(vocab_size=vocab_size, seed=repeat)
        runs.append(Run.of(serve(prompts, workload.output_len)))
    return Measurement(name, workload, tuple(runs))


def _textbook(model: Any, num_threads: int) -> Serve:
    """`await asyncio.to_thread(model.generate, ...)` for each request, on a default executor of so many threads."""

    async def answer(prompt: Sequence[int], output_len: int) -> RequestTrace:
        asked = time.perf_counter()
        (moments,) = await asyncio.to_thread(_generate, model, [prompt], output_len)
        return RequestTrace(asked, moments)

    async def answer_all(prompts: Sequence[Sequence[int]], output_len: int) -> list[RequestTrace]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(num_threads))
        return await asyncio.gather(*(answer(prompt, output_len) for prompt in prompts))

    return lambda prompts, output_len: asyncio.run(answer_all(prompts, output_len))


def _static(model: Any) -> Serve:
    """One generate() over all prompts at once: nobody may join, and nobody's answer is seen before the next step."""

    def serve(prompts: Sequence[Sequence[int]], output_len: int) -> list[RequestTrace]:
        asked = time.perf_counter()
        return [RequestTrace(asked, moments) for moments in _generate(model, prompts, output_len)]

    return serve


def _generate(model: Any, prompts: Sequence[Sequence[int]], output_len: int) -> list[tuple[float, ...]]:
    """transformers' generate() over prompts of one length; returns each one's token moments."""
    moments = _Moments()
    ids = torch.tensor(prompts, device=model.device)
    output = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        generation_config=GenerationConfig(max_new_tokens=output_len, do_sample=False),
        stopping_criteria=StoppingCriteriaList([moments]),
    )
    assert output.shape[1] - ids.shape[1] == len(moments.times) == output_len
    return [tuple(moments.times)] * len(prompts)


class _Moments(StoppingCriteria):  # type: ignore[misc]
    """Asked after every token whether to stop; never says so, and notes when it was asked."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        if input_ids.is_cuda:
            torch.cuda.synchronize()
        self.times.append(time.perf_counter())
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)
