"""Named model shapes. Speed depends on the shape of a model and not on what it learned, so no weights are needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from transformers import LlamaConfig, Qwen2Config, Qwen3Config

_CONFIGS = {"llama": LlamaConfig, "qwen2": Qwen2Config, "qwen3": Qwen3Config}
_CONTEXT_TOKENS = 8192


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a decoder decides its speed: sizes, layers, heads. Weights are saved in bfloat16.

    num_bytes_per_weight: as the engine holds them while it serves.
    """

    name: str
    family: str
    vocab: int
    hidden: int
    intermediate: int
    num_layers: int
    num_heads: int
    num_kv_heads: int
    head_dim: int
    is_tied: bool
    num_bytes_per_weight: int = 2

    @property
    def num_layer_weights(self) -> int:
        """Weights of the matrices in all layers: every one is multiplied once for every token."""
        query = self.hidden * self.num_heads * self.head_dim
        key_value = 2 * self.hidden * self.num_kv_heads * self.head_dim
        return self.num_layers * (2 * query + key_value + 3 * self.hidden * self.intermediate)

    @property
    def num_head_weights(self) -> int:
        """Weights of the matrix that makes logits; multiplied only for tokens whose successor is sampled."""
        return self.vocab * self.hidden

    @property
    def num_kv_values_per_token(self) -> int:
        """Keys and values, in all layers, that the cache holds for a token."""
        return 2 * self.num_layers * self.num_kv_heads * self.head_dim

    def config(self) -> Any:
        """The transformers configuration of this shape. It names no token that ends an answer."""
        return _CONFIGS[self.family](
            vocab_size=self.vocab,
            hidden_size=self.hidden,
            intermediate_size=self.intermediate,
            num_hidden_layers=self.num_layers,
            num_attention_heads=self.num_heads,
            num_key_value_heads=self.num_kv_heads,
            head_dim=self.head_dim,
            tie_word_embeddings=self.is_tied,
            max_position_embeddings=_CONTEXT_TOKENS,
            bos_token_id=None,
            eos_token_id=None,
            pad_token_id=None,
        )


# name, family: vocab, hidden, intermediate, layers, heads, KV heads, head size
SHAPES = {
    shape.name: shape
    for shape in (
        Shape("tiny", "llama", 512, 64, 128, 2, 4, 2, 16, is_tied=True),
        Shape("smollm2-135m", "llama", 49152, 576, 1536, 30, 9, 3, 64, is_tied=True),
        Shape("qwen2.5-0.5b", "qwen2", 151936, 896, 4864, 24, 14, 2, 64, is_tied=True),
        Shape("llama-1b", "llama", 128256, 2048, 8192, 16, 32, 8, 64, is_tied=True),
        Shape("qwen3-8b", "qwen3", 151936, 4096, 12288, 36, 32, 8, 128, is_tied=False),
    )
}
