"""The engine by itself, stepped by one thread. Knows the engine's protocol and nothing behind it, and no service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import torch

from app.engine.factory import EngineOptions, build_engine
from app.engine.protocol import Engine, EngineRequest
from app.engine.sampling_params import SamplingParams
from load.bench import machine, names
from load.bench.memory import PeakMemory
from load.bench.result import Measurement, Run
from load.bench.serving import Serving
from load.bench.timing import RequestTrace
from load.bench.workload import Workload

Clock = Callable[[], float]


class BenchError(Exception):
    """What was to be measured did not do what was asked; the message says what it did."""


def measure(engine: Engine, workload: Workload, *, num_repeats: int, device: torch.device) -> Measurement:
    """Warm up, then run the workload so often, each time with other prompts, and its prompts alone before it.

    Thread: the one that is to be the engine's. Raises: BenchError, if an answer is not as long as asked for.
    """
    vocab_size = engine.info.vocab_size
    prefill = Workload(workload.num_seqs, workload.prompt_len, 1)
    run(engine, workload.prompts(vocab_size=vocab_size, seed=0), num_seqs=workload.num_seqs, output_len=4)
    memory = PeakMemory(device)
    runs = []
    for repeat in range(1, num_repeats + 1):
        prompts = prefill.prompts(vocab_size=vocab_size, seed=num_repeats + repeat)
        first_tokens = run(engine, prompts, num_seqs=workload.num_seqs, output_len=1)
        prompts = workload.prompts(vocab_size=vocab_size, seed=repeat)
        traces = run(engine, prompts, num_seqs=workload.num_seqs, output_len=workload.output_len)
        runs.append(Run.of(traces, prefill_rate=_prefill_rate(first_tokens, workload.prompt_len)))
    return Measurement(names.ENGINE, workload, tuple(runs), peak_memory_bytes=memory.bytes())


def run(
    engine: Engine,
    prompts: Sequence[Sequence[int]],
    *,
    num_seqs: int,
    output_len: int,
    clock: Clock = time.perf_counter,
) -> list[RequestTrace]:
    """Keep num_seqs requests in the engine until all prompts are answered; returns their traces in order.

    A token's moment is when the step that brought it returned. Raises: BenchError.
    """
    params = SamplingParams(temperature=0.0, max_tokens=output_len, ignore_eos=True)
    asked: dict[str, float] = {}
    moments: dict[str, list[float]] = {}
    left = iter(enumerate(prompts))

    def ask(count: int) -> None:
        for place, prompt in islice(left, count):
            asked[str(place)], moments[str(place)] = clock(), []
            engine.add(EngineRequest(str(place), prompt, params))

    ask(num_seqs)
    while engine.has_work():
        output = engine.step()
        now = clock()
        num_done = 0
        for sequence in output.sequences:
            if sequence.error is not None:
                raise BenchError(f"a request failed: {sequence.error}")
            moments[sequence.request_id] += [now] * len(sequence.new_token_ids)
            num_done += sequence.finish_reason is not None
        if num_done:
            ask(num_done)
    lengths = [len(times) for times in moments.values()]
    if lengths != [output_len] * len(prompts):
        raise BenchError(f"{len(prompts)} answers of {output_len} tokens were asked for, lengths came out as {lengths}")
    return [RequestTrace(asked[name], tuple(times)) for name, times in moments.items()]


@contextmanager
def loaded_engine(folder: Path, serving: Serving) -> Iterator[Engine]:
    """The batched engine for a saved model, built as the service builds it, and closed at the end."""
    options = EngineOptions(
        model=str(folder),
        device=serving.device,
        kind="batched",
        max_num_seqs=serving.max_num_seqs,
        max_num_batched_tokens=serving.max_num_batched_tokens,
        max_prefill_s=serving.max_prefill_ms / 1000,
        max_model_len=serving.max_model_len,
        weights=serving.weights,
        num_threads=serving.num_threads,
        available_memory_bytes=machine.free_memory_bytes(),
    )
    engine = build_engine(options)
    try:
        yield engine
    finally:
        engine.close()


def _prefill_rate(traces: Sequence[RequestTrace], prompt_len: int) -> float:
    began, ended = min(trace.asked for trace in traces), max(trace.moments[0] for trace in traces)
    return len(traces) * prompt_len / (ended - began)
