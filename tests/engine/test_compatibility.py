"""Which models the batched engine takes is found out by running them; nothing is accepted that it would get wrong."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import AutoConfig

from app.engine import attention
from app.engine.compatibility import UnsupportedArchitectureError, use_our_attention
from tests.engine.references import generate
from tests.engine.tiny_models import copy_model, make_prompts, randomize

_TINY = {
    "vocab_size": 199,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
}
# model type -> its settings, and a word of the reason for which it can't be batched
UNSUPPORTED: dict[str, tuple[dict[str, Any], str]] = {
    "stablelm": (_TINY, "attention interface"),
    "gptj": ({"vocab_size": 199, "n_embd": 32, "n_layer": 2, "n_head": 4, "rotary_dim": 4}, "attention interface"),
    "bloom": ({"vocab_size": 199, "hidden_size": 32, "n_layer": 2, "n_head": 4}, "attention interface"),
    "falcon": ({**_TINY, "num_kv_heads": 2, "alibi": True}, "attention interface"),
    "mamba": ({"vocab_size": 199, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 8}, "attention interface"),
    "llama4_text": ({**_TINY, "head_dim": 8, "num_local_experts": 2, "intermediate_size_mlp": 48}, "chunked_attention"),
    "gpt_oss": ({**_TINY, "head_dim": 8, "num_local_experts": 4, "num_experts_per_tok": 2}, "s_aux"),
    "doge": ({**_TINY, "keep_window_size": 100}, "mask of its own"),
    "phimoe": ({**_TINY, "num_local_experts": 4, "sliding_window": 100}, "attention window of 100"),
}


def make_unsupported(model_type: str) -> Any:
    settings, _ = UNSUPPORTED[model_type]
    return randomize(AutoConfig.for_model(model_type, **{"bos_token_id": 1, "eos_token_id": 2, **settings}))


@pytest.mark.parametrize("model_type", UNSUPPORTED)
def test_model_that_does_not_fit_is_refused_and_left_as_it_was(model_type: str) -> None:
    model = make_unsupported(model_type)
    prompt = make_prompts([20])[0]
    before = generate(model, prompt, 6)
    with pytest.raises(UnsupportedArchitectureError, match=UNSUPPORTED[model_type][1]):
        use_our_attention(model)
    assert generate(model, prompt, 6) == before


def test_geometry_is_read_off_every_layer() -> None:
    geometry = use_our_attention(copy_model("llama")).geometry
    assert sorted(geometry) == [0, 1, 2]
    shape = geometry[1]
    assert (shape.num_kv_heads, shape.key_dim, shape.value_dim) == (2, 8, 8)
    assert shape.num_bytes_per_token(torch.bfloat16) == 2 * 16 * 2


def test_keys_and_values_may_differ_in_size() -> None:
    geometry = use_our_attention(copy_model("deepseek_v3")).geometry
    assert (geometry[0].key_dim, geometry[0].value_dim) == (16, 12)


def test_model_whose_batched_logits_are_wrong_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "_causal_mask", lambda *_: None)
    with pytest.raises(UnsupportedArchitectureError, match="batched logits differ"):
        use_our_attention(copy_model("llama"))


def test_model_that_fails_on_the_trial_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    model = copy_model("llama")
    monkeypatch.setattr(model.model.layers[1], "forward", lambda *_, **__: 1 / 0)
    with pytest.raises(UnsupportedArchitectureError, match="ZeroDivisionError"):
        use_our_attention(model)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("architecture", ["llama", "gemma2", "qwen3_moe", "gpt2"])
def test_half_precision_is_taken_too(architecture: str, dtype: torch.dtype) -> None:
    assert use_our_attention(copy_model(architecture).to(dtype)).geometry
