from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from app.engine import cpu_layers
from app.engine.compatibility import use_our_attention
from app.engine.cpu_layers import linear_for, speed_up
from app.engine.fused_layer import FusedLayer
from app.engine.kv_cache import KVCache
from app.engine.kv_tensors import KVTensors
from app.engine.model_runner import ModelRunner
from app.engine.native.native_layer import NativeLayer
from app.engine.protocol import EngineRequest
from app.engine.scheduler import Scheduler
from app.engine.sequence import Sequence
from app.errors import ConfigurationError
from tests.engine.drive import greedy_params
from tests.engine.tiny_models import copy_model, make_prompts

# What this CPU computes a 16-bit checkpoint in, and how far from float32 that may be, relative to the logits.
_HAS_BFLOAT16 = torch.ops.mkldnn._is_mkldnn_bf16_supported()
_DTYPE = torch.bfloat16 if _HAS_BFLOAT16 else torch.float32
_TOLERANCE = 0.2 if _HAS_BFLOAT16 else 1e-4

_PROMPT = make_prompts([30])[0]


class Prepared:
    """A tiny model with our attention, and, if is_fast, the faster layers."""

    def __init__(self, model: Any, *, is_fast: bool) -> None:
        self.model = model
        layers = use_our_attention(model)
        self.geometry = layers.geometry
        if is_fast:
            linear = linear_for(model, "auto")
            assert linear is not None
            speed_up(model, layers.geometry, layers.windows, linear=linear)
        self.num_fused = sum(isinstance(module, (FusedLayer, NativeLayer)) for module in model.modules())

    @torch.inference_mode()
    def logits(self) -> torch.Tensor:
        """Logits from the 20th token on, through the engine's parts: first in chunks, then token by token."""
        kv = KVTensors(self.geometry, num_slots=2, max_len=64, dtype=self.model.dtype, device=self.model.device)
        runner = ModelRunner(self.model, kv)
        scheduler = Scheduler(KVCache(num_slots=2, max_len=64), max_num_seqs=2, max_num_batched_tokens=8)
        sequence = Sequence(EngineRequest("a", _PROMPT[:20], greedy_params(10)), arrival=0)
        scheduler.add(sequence)
        rows = []
        for token_id in [*_PROMPT[20:], 0]:
            while sequence.num_remaining:
                batch = scheduler.schedule()
                logits = runner.forward(batch)
                sequence.num_computed += batch.sequences[0].num_tokens
            rows.append(logits[0].float())
            sequence.append(token_id)
        return torch.stack(rows)


def from_16_bits(architecture: str) -> Any:
    """A tiny model as it is loaded from a bfloat16 checkpoint here."""
    return copy_model(architecture).to(torch.bfloat16).to(_DTYPE)


def prepare(architecture: str, *, dtype: torch.dtype = _DTYPE, is_fast: bool = False) -> Prepared:
    return Prepared(from_16_bits(architecture).to(dtype), is_fast=is_fast)


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3", "mistral", "granite"])
def test_the_llama_family_is_fused_and_no_less_exact_than_eager(architecture: str) -> None:
    fast = prepare(architecture, is_fast=True)
    assert fast.num_fused == fast.model.config.num_hidden_layers
    expected = prepare(architecture, dtype=torch.float32).logits()
    error_of_eager = (prepare(architecture).logits() - expected).norm()
    error_of_fast = (fast.logits() - expected).norm()
    assert error_of_fast <= 1.25 * error_of_eager + 1e-4 * expected.norm()
    assert error_of_fast < _TOLERANCE * expected.norm()


@pytest.mark.parametrize("architecture", ["gemma2", "olmo2", "phi3", "gpt_neox", "qwen3_moe"])
def test_other_families_keep_their_layers_and_get_packed_weights(architecture: str) -> None:
    fast = prepare(architecture, is_fast=True)
    assert fast.num_fused == 0
    assert not any(type(module) is nn.Linear for module in fast.model.modules())
    expected = prepare(architecture).logits()
    assert (fast.logits() - expected).norm() < _TOLERANCE / 2 * expected.norm()


def test_a_layer_without_rotation_is_known_to_the_native_ones_and_left_alone_by_the_others() -> None:
    fast = prepare("smollm3", is_fast=True)
    assert fast.num_fused == (2 if _HAS_BFLOAT16 else 3)
    without = [layer for layer in fast.model.model.layers if not isinstance(layer, (FusedLayer, NativeLayer))]
    assert all(layer.self_attn.use_rope == 0 for layer in without)
    expected = prepare("smollm3").logits()
    assert (fast.logits() - expected).norm() < _TOLERANCE / 2 * expected.norm()


def test_a_layer_with_the_same_parts_that_computes_something_else_is_left_alone() -> None:
    model = from_16_bits("llama")
    odd = model.model.layers[1]
    original = odd.forward
    odd.forward = lambda hidden_states, **others: hidden_states + 0.5 * original(hidden_states, **others)
    assert Prepared(model, is_fast=True).num_fused == 2
    assert model.model.layers[1] is odd


def test_8_bit_weights_are_refused_where_nothing_computes_with_them() -> None:
    with pytest.raises(ConfigurationError, match="int8"):
        linear_for(copy_model("llama").to(torch.float16), "int8")


def test_without_a_build_torch_computes_and_the_log_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(cpu_layers, "library", lambda: None)
    assert linear_for(copy_model("llama"), "auto") is None
    assert "python -m app.engine.native.build" in caplog.text
    with pytest.raises(ConfigurationError, match="int8"):
        linear_for(copy_model("llama"), "int8")
