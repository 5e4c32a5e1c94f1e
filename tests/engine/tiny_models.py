"""Small random models of many architectures, for parity with transformers. Large weights make their outputs varied."""

from __future__ import annotations

import copy
import functools
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM

VOCAB = 199

_COMMON = {
    "vocab_size": VOCAB,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
_SLIDING_THEN_FULL = ["sliding_attention", "full_attention", "sliding_attention"]

ARCHITECTURES: dict[str, dict[str, Any]] = {
    "llama": {},
    "qwen2": {},
    "qwen3": {"head_dim": 8},
    "mistral": {"sliding_window": 7, "head_dim": 8},
    "gemma2": {
        "head_dim": 8,
        "sliding_window": 5,
        "attn_logit_softcapping": 3.0,
        "final_logit_softcapping": 10.0,
        "query_pre_attn_scalar": 8,
        "layer_types": _SLIDING_THEN_FULL,
        "tie_word_embeddings": False,
    },
    "gemma3_text": {
        "head_dim": 8,
        "sliding_window": 6,
        "layer_types": _SLIDING_THEN_FULL,
        "tie_word_embeddings": False,
    },
    "phi3": {"sliding_window": None},
    "olmo2": {},
    "smollm3": {"no_rope_layers": [1, 0, 1], "layer_types": ["full_attention"] * 3},
    "gpt_neox": {"num_key_value_heads": None},
    "gpt2": {"n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 256, "tie_word_embeddings": False},
    "qwen3_moe": {
        "head_dim": 8,
        "num_experts": 4,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 16,
        "decoder_sparse_step": 1,
        "mlp_only_layers": [],
    },
    "mixtral": {"num_local_experts": 4, "num_experts_per_tok": 2},
    "granite": {"attention_multiplier": 0.3},
    "gemma": {"head_dim": 8, "tie_word_embeddings": False},
    "cohere2": {
        "sliding_window": 6,
        "layer_types": _SLIDING_THEN_FULL,
        "logit_scale": 1.0,
        "tie_word_embeddings": False,
    },
    "starcoder2": {"sliding_window": 7, "tie_word_embeddings": False},
    "glm4": {"head_dim": 8},
    "exaone4": {"sliding_window": 7, "layer_types": _SLIDING_THEN_FULL},
    "opt": {"ffn_dim": 48, "word_embed_proj_dim": 32, "num_key_value_heads": None, "intermediate_size": None},
    "deepseek_v3": {
        "num_key_value_heads": 4,
        "q_lora_rank": 16,
        "kv_lora_rank": 16,
        "qk_rope_head_dim": 8,
        "qk_nope_head_dim": 8,
        "v_head_dim": 12,
        "n_routed_experts": 4,
        "n_group": 1,
        "topk_group": 1,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 16,
        "first_k_dense_replace": 1,
    },
}


def make_config(architecture: str) -> Any:
    settings = {**_COMMON, **ARCHITECTURES[architecture]}
    return AutoConfig.for_model(architecture, **{name: value for name, value in settings.items() if value is not None})


# Scale of the weights and seed with which each model's greedy output wanders, instead of repeating one token.
_SCALE_AND_SEED = {
    "llama": (0.4, 2),
    "qwen2": (0.4, 2),
    "qwen3": (0.25, 1),
    "mistral": (0.4, 2),
    "gemma2": (0.4, 3),
    "gemma3_text": (0.25, 5),
    "phi3": (0.4, 0),
    "olmo2": (0.25, 3),
    "smollm3": (0.4, 0),
    "gpt_neox": (0.4, 0),
    "gpt2": (0.25, 1),
    "qwen3_moe": (0.25, 4),
    "mixtral": (0.25, 5),
    "granite": (0.25, 1),
    "gemma": (0.4, 1),
    "cohere2": (0.25, 1),
    "starcoder2": (0.25, 2),
    "glm4": (0.4, 2),
    "exaone4": (0.25, 2),
    "opt": (0.4, 1),
    "deepseek_v3": (0.4, 2),
}


@functools.cache
def make_model(architecture: str) -> Any:
    """A tiny random model in float32 with transformers' own attention; shared, so no test may change it."""
    return randomize(make_config(architecture), *_SCALE_AND_SEED[architecture])


def copy_model(architecture: str) -> Any:
    """The same model for a test that changes it, as every engine does: it switches the attention function."""
    return copy.deepcopy(make_model(architecture))


def randomize(config: Any, scale: float = 0.4, seed: int = 0) -> Any:
    """A float32 model of that config with normally distributed weights; its generate() stops at no token."""
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config).float().eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim > 1:
                parameter.normal_(0.0, 1.0 if "embed" in name or "wte" in name else scale)
            else:  # biases, and the weights of norms
                parameter.add_(torch.randn_like(parameter), alpha=0.1)
    model.generation_config.eos_token_id = None
    return model


def make_prompts(lengths: list[int], *, seed: int = 0) -> list[list[int]]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(3, VOCAB, (n,), generator=generator).tolist() for n in lengths]
