"""What no engine can beat on a machine: arithmetic over a shape and two rates. Pure.

A step reads every weight once however many sequences it serves, and each sequence's keys and values. It multiplies and
adds every weight once a token. So it takes at least

    max((weight bytes + KV bytes) / bandwidth, operations / rate)

as in "Roofline: An Insightful Visual Performance Model" (Williams, Waterman, Patterson, 2009). Norms, rotations, the
softmax, activations, sampling and Python are left out: they come on top.
"""

from __future__ import annotations

from dataclasses import dataclass

from load.bench.shapes import Shape
from load.bench.workload import Workload

_BYTES_PER_VALUE = 2  # keys and values are bfloat16
_OPS_PER_WEIGHT = 2  # one multiplication, one addition


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a machine can do at most: bytes read per second, bfloat16 operations per second."""

    read_bytes_per_s: float
    ops_per_s: float

    def seconds(self, *, num_bytes: float, num_ops: float) -> float:
        return max(num_bytes / self.read_bytes_per_s, num_ops / self.ops_per_s)


def step_bytes(shape: Shape, *, num_context_tokens: int) -> int:
    """Bytes that a decode step reads. num_context_tokens: cached tokens of all its sequences together."""
    num_weights = shape.num_layer_weights + shape.num_head_weights
    num_kv_bytes = _BYTES_PER_VALUE * num_context_tokens * shape.num_kv_values_per_token
    return shape.num_bytes_per_weight * num_weights + num_kv_bytes


def step_ops(shape: Shape, *, num_seqs: int, num_context_tokens: int) -> int:
    """Operations of a decode step with one new token for each sequence."""
    num_weights = shape.num_layer_weights + shape.num_head_weights
    return _OPS_PER_WEIGHT * num_seqs * num_weights + _attention_ops(shape, num_pairs=num_context_tokens)


def decode_rate(shape: Shape, workload: Workload, ceiling: Ceiling) -> float:
    """Tokens per second at most, over all steps that read the 2nd to the last token of the answers."""
    seconds = 0.0
    for num_made in range(1, workload.output_len):
        context = workload.num_seqs * (workload.prompt_len + num_made)
        seconds += ceiling.seconds(
            num_bytes=step_bytes(shape, num_context_tokens=context),
            num_ops=step_ops(shape, num_seqs=workload.num_seqs, num_context_tokens=context),
        )
    return workload.num_seqs * (workload.output_len - 1) / seconds


def prefill_rate(shape: Shape, workload: Workload, ceiling: Ceiling) -> float:
    """Prompt tokens per second at most, if all prompts were read in one step. Logits are made for last tokens only."""
    num_tokens = workload.num_seqs * workload.prompt_len
    num_pairs = workload.num_seqs * workload.prompt_len * (workload.prompt_len + 1) // 2  # causal: half of the square
    num_ops = _OPS_PER_WEIGHT * (num_tokens * shape.num_layer_weights + workload.num_seqs * shape.num_head_weights)
    seconds = ceiling.seconds(
        num_bytes=step_bytes(shape, num_context_tokens=0),
        num_ops=num_ops + _attention_ops(shape, num_pairs=num_pairs),
    )
    return num_tokens / seconds


def run_rate(shape: Shape, workload: Workload, ceiling: Ceiling) -> float:
    """Output tokens per second at most over a whole run, prompts included, however prompts and answers share steps.

    Each round takes at least a step for every token of an answer.
    """
    num_steps = workload.num_rounds * workload.output_len
    prompt, output = workload.prompt_len, workload.output_len
    num_context = workload.num_requests * sum(prompt + made for made in range(1, output))
    num_pairs = num_context + workload.num_requests * prompt * (prompt + 1) // 2
    num_bytes = num_steps * step_bytes(shape, num_context_tokens=0)
    num_bytes += _BYTES_PER_VALUE * num_context * shape.num_kv_values_per_token
    num_ops = (
        _OPS_PER_WEIGHT
        * workload.num_requests
        * ((prompt + output - 1) * shape.num_layer_weights + output * shape.num_head_weights)
    )
    seconds = ceiling.seconds(num_bytes=num_bytes, num_ops=num_ops + _attention_ops(shape, num_pairs=num_pairs))
    return workload.num_requests * output / seconds


def _attention_ops(shape: Shape, *, num_pairs: int) -> int:
    """Scores and weighted sums for so many pairs of a query token and a token it attends to, in all layers."""
    return 2 * _OPS_PER_WEIGHT * num_pairs * shape.num_layers * shape.num_heads * shape.head_dim
