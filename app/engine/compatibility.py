"""Can the batched engine run this model? Found out by running it, not from a list of names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from app.engine.attention_interface import ATTENTION_NAME, AttentionCall
from app.engine.forward_batch import attending_to
from app.engine.kv_cache import KVCache
from app.engine.kv_tensors import KVTensors, LayerGeometry
from app.engine.model_runner import ModelRunner
from app.engine.protocol import EngineRequest
from app.engine.sampling_params import SamplingParams
from app.engine.scheduler import Scheduler
from app.engine.sequence import Sequence
from app.errors import ConfigurationError

_GREEDY = SamplingParams(temperature=0.0)
_KNOWN_LAYER_TYPES = {"full_attention", "sliding_attention", "attention"}
# Of what models hand to attention; anything else (sinks, biases) changes its result.
_HARMLESS_TENSORS = {"position_ids", "cache_position"}
# Relative error of logits that rounding explains; a wrong mask or position is far beyond (0.5 and more).
_TOLERANCE = {torch.float32: 1e-3, torch.bfloat16: 0.1, torch.float16: 0.05}


class UnsupportedArchitectureError(ConfigurationError):
    """The batched engine can't run this model; its text says why."""


class _DryRun:
    """Stands in for a batch: notes the geometry of each layer's cache and attends to nothing."""

    def __init__(self) -> None:
        self.geometry: dict[int, LayerGeometry] = {}
        self.windows: dict[int, int | None] = {}

    def attend(self, call: AttentionCall) -> torch.Tensor:
        if call.layer in self.geometry:
            raise UnsupportedArchitectureError(f"layer {call.layer} attends more than once")
        if call.mask is not None:
            raise UnsupportedArchitectureError(f"layer {call.layer} makes an attention mask of its own")
        unknown = {name for name, value in call.extra.items() if isinstance(value, torch.Tensor)} - _HARMLESS_TENSORS
        if unknown or call.extra.get("is_causal") is False:
            what = ", ".join(sorted(unknown)) or "a view of later tokens"
            raise UnsupportedArchitectureError(f"layer {call.layer} has attention with {what}")
        _, num_heads, num_tokens, key_dim = call.query.shape
        value_dim = call.value.shape[-1]
        self.geometry[call.layer] = LayerGeometry(call.key.shape[1], key_dim, value_dim)
        self.windows[call.layer] = call.window
        return call.query.new_zeros(1, num_tokens, num_heads, value_dim)


@dataclass(frozen=True, slots=True)
class AttentionLayers:
    """What the engine must know of a model's attention layers, by layer index. windows: tokens seen, None for all."""

    geometry: Mapping[int, LayerGeometry]
    windows: Mapping[int, int | None]


def use_our_attention(model: Any) -> AttentionLayers:
    """Switch a model to our attention function, and say what its layers keep in the cache.

    Raises: UnsupportedArchitectureError, with the model's own attention back in place.
    """
    config = model.config.get_text_config()
    if getattr(config, "is_encoder_decoder", False) or not model._supports_attention_backend:
        raise UnsupportedArchitectureError("its attention does not go through transformers' attention interface")
    layer_types = list(getattr(config, "layer_types", None) or [])
    if unknown := sorted(set(layer_types) - _KNOWN_LAYER_TYPES):
        raise UnsupportedArchitectureError(f"it has layers that are not attention over the past: {', '.join(unknown)}")
    own = model.config._attn_implementation
    try:
        reference = _reference_logits(model, own)
        model.set_attn_implementation(ATTENTION_NAME)
        dry_run = _dry_run(model)
        _check_windows(config, dry_run.windows)
        _compare(_our_logits(model, dry_run.geometry), reference, model.dtype)
    except Exception as error:
        model.set_attn_implementation(own)
        if isinstance(error, UnsupportedArchitectureError):
            raise
        raise UnsupportedArchitectureError(
            f"it failed on a trial run ({type(error).__name__}: {error})"[:300]
        ) from error
    return AttentionLayers(dry_run.geometry, dry_run.windows)


def _check_windows(config: Any, windows: Mapping[int, int | None]) -> None:
    """Refuse an attention window that the model keeps to itself; the trial's prompts may be too short to show it."""
    layer_types = list(getattr(config, "layer_types", None) or [])
    for layer, kind in enumerate(layer_types):
        if kind == "sliding_attention" and windows.get(layer) is None:
            raise UnsupportedArchitectureError(f"layer {layer} does not tell its attention window")
    window = getattr(config, "sliding_window", None) if getattr(config, "use_sliding_window", True) else None
    is_narrow = window is not None and window < getattr(config, "max_position_embeddings", window + 1)
    if is_narrow and not layer_types and not any(windows.values()):
        raise UnsupportedArchitectureError(f"no layer tells its attention window of {window} tokens")


def _trial_prompts(model: Any) -> list[list[int]]:
    """Two prompts of different length, so that a token attending to the wrong sequence shows."""
    generator = torch.Generator().manual_seed(0)
    size = model.config.get_text_config().vocab_size
    ids = torch.randint(0, size, (19,), generator=generator).tolist()
    return [ids[:12], ids[12:]]


@torch.inference_mode()
def _reference_logits(model: Any, own: str) -> torch.Tensor:
    """Last-token logits of the trial prompts, each alone, with the model's plain attention: [2, vocab] float32."""
    model.set_attn_implementation("eager")
    try:
        rows = [
            model(input_ids=torch.tensor([ids], device=model.device), use_cache=False).logits[0, -1]
            for ids in _trial_prompts(model)
        ]
    finally:
        model.set_attn_implementation(own)
    return torch.stack(rows).float()


@torch.inference_mode()
def _dry_run(model: Any) -> _DryRun:
    dry_run = _DryRun()
    ids = torch.zeros(1, 2, dtype=torch.int64, device=model.device)
    with attending_to(dry_run):
        model(input_ids=ids, position_ids=torch.zeros_like(ids), use_cache=False)
    if not dry_run.geometry:
        raise UnsupportedArchitectureError("its layers never called the attention function")
    return dry_run


def _our_logits(model: Any, geometry: Mapping[int, LayerGeometry]) -> torch.Tensor:
    """The same logits from a batch of both prompts, in pieces of a few tokens: [2, vocab] float32."""
    kv = KVTensors(geometry, num_slots=2, max_len=16, dtype=model.dtype, device=model.device)
    runner = ModelRunner(model, kv)
    scheduler = Scheduler(KVCache(num_slots=2, max_len=16), max_num_seqs=2, max_num_batched_tokens=6)
    sequences = [
        Sequence(EngineRequest(str(i), ids, _GREEDY), arrival=i) for i, ids in enumerate(_trial_prompts(model))
    ]
    for sequence in sequences:
        scheduler.add(sequence)
    rows: dict[str, torch.Tensor] = {}
    while scheduler.has_work():
        batch = scheduler.schedule()
        logits = runner.forward(batch)
        sampled = [item.sequence for item in batch.sequences if item.is_sampled]
        for item in batch.sequences:
            item.sequence.num_computed = item.start + item.num_tokens
        for sequence, row in zip(sampled, logits, strict=True):
            rows[sequence.request.request_id] = row
            scheduler.finish(sequence, is_kept=False)
    return torch.stack([rows[sequence.request.request_id] for sequence in sequences])


def _compare(ours: torch.Tensor, reference: torch.Tensor, dtype: torch.dtype) -> None:
    error = float((ours - reference).norm() / reference.norm())
    if not error <= _TOLERANCE[dtype]:
        raise UnsupportedArchitectureError(f"batched logits differ from the model's own by {error:.2g} of their size")
