"""Replaces a model's layers by faster ones for the CPU, each only after it has computed the same as the original.

One layer at a time, so that never more than one layer's weights are held twice.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import nn

from app.engine.cpu_linear import LinearType
from app.engine.forward_batch import ForwardBatch, attending_to, build_forward_batch
from app.engine.fused_layer import FusedLayer, is_llama_like
from app.engine.int8_linear import Int8Linear, is_int8_available
from app.engine.kv_tensors import KVTensors, LayerGeometry
from app.engine.model_runner import ModelRunner
from app.engine.native.library import FLOAT32, library
from app.engine.native.native_layer import NativeDecoder, NativeLayer
from app.engine.native.native_linear import NativeInt8Linear, NativeLinear
from app.engine.packed_linear import PackedLinear, pack_linears
from app.engine.protocol import EngineRequest
from app.engine.sampling_params import SamplingParams
from app.engine.scheduler import ScheduledBatch, ScheduledSequence
from app.engine.sequence import Sequence
from app.errors import ConfigurationError

logger = logging.getLogger(__name__)

# Relative error of what a layer adds to its input; bfloat16 rounds at 0.004, float32 at 1e-7, a wrong layer is off by
# its own size.
_TOLERANCE: dict[LinearType, float] = {
    PackedLinear: 0.05,
    Int8Linear: 0.1,
    NativeLinear: 1e-4,
    NativeInt8Linear: 0.1,
}
_TRIAL_LENGTHS = (9, 5)


def linear_for(model: Any, weights: Literal["auto", "int8"]) -> LinearType | None:
    """The kind of linear layer that is fastest for the model on this CPU; None: torch's own.

    Raises: ConfigurationError, if 8-bit weights are asked for and nothing here computes with them.
    """
    is_int8 = weights == "int8"
    if model.device.type == "cpu" and model.dtype == torch.float32:
        if library() is not None:
            return NativeInt8Linear if is_int8 else NativeLinear
        logger.warning(
            "the native decoder is not built, so torch computes in its place, at about half of the speed: "
            "`python -m app.engine.native.build` makes it"
        )
    elif (
        model.device.type == "cpu"
        and model.dtype == torch.bfloat16
        and torch.ops.mkldnn._is_mkldnn_bf16_supported()
        and (is_int8_available() or not is_int8)
    ):
        return Int8Linear if is_int8 else PackedLinear
    if is_int8:
        raise ConfigurationError(
            "weights=int8 needs a CPU with the native decoder built or, for a bfloat16 model, VNNI instructions"
        )
    return None


def speed_up(
    model: Any,
    geometry: Mapping[int, LayerGeometry],
    windows: Mapping[int, int | None],
    *,
    linear: LinearType,
) -> None:
    """Fuse the layers that can be, and replace every linear layer that is left; in place, original weights freed.

    The model, whose attention must be ours already, can only run inside the engine afterwards.
    Thread: the engine thread, at load.
    """
    decoder = model.get_decoder()
    layers = getattr(decoder, "layers", None)
    num_fused = 0
    if isinstance(layers, nn.ModuleList) and hasattr(decoder, "rotary_emb"):
        for place in range(len(layers)):
            num_fused += _try_fuse(decoder, layers, place, geometry=geometry, windows=windows, linear=linear)
    num_packed = pack_linears(model, linear)
    logger.info("%s for the CPU: %d layers fused, %d other linear layers", linear.__name__, num_fused, num_packed)


def _try_fuse(
    decoder: Any,
    layers: nn.ModuleList,
    place: int,
    *,
    geometry: Mapping[int, LayerGeometry],
    windows: Mapping[int, int | None],
    linear: LinearType,
) -> bool:
    layer: Any = layers[place]
    if not is_llama_like(layer):
        return False
    index = layer.self_attn.layer_idx
    fused: NativeLayer | FusedLayer
    try:
        if issubclass(linear, NativeLinear):
            fused = NativeLayer(layer, windows.get(index), linear=linear)
        else:
            fused = FusedLayer(layer, windows.get(index), linear=linear)
        error = _relative_error(decoder, layer, fused, _trial_kv({index: geometry[index]}, decoder.dtype))
    except Exception as failure:  # parts of the same names, but of another kind
        logger.info("layer %d stays as it is: its trial failed (%s)", index, type(failure).__name__)
        return False
    if not error <= _TOLERANCE[linear]:
        logger.info("layer %d stays as it is: fused, it differs by %.2g", index, error)
        return False
    layers[place] = fused
    return True


@torch.inference_mode()
def _relative_error(decoder: Any, layer: nn.Module, fused: nn.Module, kv: KVTensors) -> float:
    """How much what the fused layer adds to its input differs from what the layer adds, relative to that."""
    batch = _trial_batch(kv)
    generator = torch.Generator().manual_seed(0)
    size = (1, sum(_TRIAL_LENGTHS), decoder.config.hidden_size)
    x = torch.randn(size, generator=generator).to(decoder.dtype)
    rotary = decoder.rotary_emb(x, batch.position_ids)
    with attending_to(batch):
        expected = layer(x, attention_mask=None, position_embeddings=rotary, position_ids=batch.position_ids)
        found = fused(x, position_embeddings=rotary)
    expected_change = (expected - x).float()
    return float(((found - x).float() - expected_change).norm() / expected_change.norm())


@torch.inference_mode()
def runs_natively(model: Any, geometry: Mapping[int, LayerGeometry]) -> bool:
    """Whether a NativeDecoder can be made of the model and computes what its own forward pass does.

    Thread: the engine thread, at load.
    """
    decoder, head = model.get_decoder(), getattr(model, "lm_head", None)
    layers, norm = getattr(decoder, "layers", []), getattr(decoder, "norm", None)
    if not isinstance(head, NativeLinear) or not hasattr(norm, "variance_epsilon"):
        return False
    if not layers or not all(isinstance(layer, NativeLayer) for layer in layers):
        return False
    kv = _trial_kv(geometry, model.dtype)
    batch = _trial_batch(kv)
    expected = ModelRunner(model, kv).logits(batch)
    try:
        found = NativeDecoder(model, kv).logits(batch)
    except Exception as failure:
        logger.info("the model's own forward pass stays: the trial without it failed (%s)", type(failure).__name__)
        return False
    error = float((found - expected).norm() / expected.norm())
    if not error <= _TOLERANCE[NativeLinear]:
        logger.info("the model's own forward pass stays: without it, its logits differ by %.2g", error)
        return False
    return True


def native_cache_dtype(model: Any) -> torch.dtype:
    """What a NativeDecoder's keys and values are kept in: no more bits than the weights that they come from have."""
    kinds = {module.struct.kind for module in model.modules() if isinstance(module, NativeLinear)}
    return torch.float32 if FLOAT32 in kinds else torch.float16


def _trial_kv(geometry: Mapping[int, LayerGeometry], dtype: torch.dtype) -> KVTensors:
    return KVTensors(geometry, num_slots=len(_TRIAL_LENGTHS), max_len=16, dtype=dtype, device=torch.device("cpu"))


def _trial_batch(kv: KVTensors) -> ForwardBatch:
    """The beginnings of two sequences."""
    sequences = []
    for slot, length in enumerate(_TRIAL_LENGTHS):
        sequence = Sequence(EngineRequest(str(slot), list(range(length)), SamplingParams()), arrival=slot)
        sequence.slot = slot
        sequences.append(ScheduledSequence(sequence, 0, length))
    return build_forward_batch(ScheduledBatch(tuple(sequences)), kv, torch.device("cpu"))
