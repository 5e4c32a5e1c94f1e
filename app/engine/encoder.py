"""An encoder that makes one vector of each input: transformers' own model, pooled and normalised. No asyncio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoModel

from app.engine.factory import is_too_small_to_share
from app.engine.loading import choose_device, context_length, load_model
from app.engine.pooling import Pooling, read_pooling


@dataclass(frozen=True, slots=True)
class EncoderOptions:
    """What an encoder is built from. num_threads: torch's, for a model that is large enough to share its work."""

    model: str
    device: str = "auto"
    dtype: str = "auto"
    num_threads: int = 1


@dataclass(frozen=True, slots=True)
class EncoderInput:
    """Token ids, special ones included. num_dimensions: of the vector's beginning, which is then all of it."""

    token_ids: Sequence[int]
    num_dimensions: int | None = None


class Encoder:
    """Thread: always the same one, whichever made it."""

    def __init__(self, model: Any, pooling: Pooling) -> None:
        self._model = model
        self._pooling = pooling
        self._pad_id = model.config.pad_token_id or 0
        self.num_dimensions: int = model.config.hidden_size
        self.vocab_size: int = model.config.vocab_size
        self.max_len = min(_num_positions(model), pooling.max_len or _num_positions(model))

    @torch.inference_mode()
    def encode(self, inputs: Sequence[EncoderInput]) -> list[bytes]:
        """Return each input's vector: float32 in this machine's byte order. All inputs are run as one padded batch."""
        longest = max(len(one.token_ids) for one in inputs)
        ids = [[*one.token_ids, *[self._pad_id] * (longest - len(one.token_ids))] for one in inputs]
        device = self._model.device
        token_ids = torch.tensor(ids, device=device)  # [num_inputs, longest], int64
        lengths = torch.tensor([len(one.token_ids) for one in inputs], device=device)
        mask = torch.arange(longest, device=device) < lengths[:, None]
        states = self._model(input_ids=token_ids, attention_mask=mask.long()).last_hidden_state.float()
        vectors = _pool(states, mask) if self._pooling.is_mean else states[:, 0]  # [num_inputs, num_dimensions]
        kept = [min(one.num_dimensions or self.num_dimensions, self.num_dimensions) for one in inputs]
        vectors *= torch.arange(self.num_dimensions, device=device) < torch.tensor(kept, device=device)[:, None]
        if self._pooling.is_normalised:
            vectors = torch.nn.functional.normalize(vectors, dim=-1)
        rows = vectors.cpu().numpy()
        return [row[:num].tobytes() for row, num in zip(rows, kept, strict=True)]


def _num_positions(model: Any) -> int:
    """How many tokens the model has positions for; RoBERTa's kind counts them from behind its padding's."""
    positions = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    padding = getattr(positions, "padding_idx", None)
    return context_length(model, None) - (0 if padding is None else padding + 1)


def _pool(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    weights = mask[:, :, None].to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1)


def build_encoder(options: EncoderOptions) -> Encoder:
    """Load an encoder and run it once at its full length, so that a wrong one is found out now. Takes seconds.

    Sets torch's thread count for the calling thread, which is the encoder's from then on, and for threads to come.
    Raises: ModelLoadError, ConfigurationError.
    """
    device = choose_device(options.device)
    pooling = read_pooling(options.model)
    # The pooler is an extra head that many checkpoints lack and nothing here uses.
    model = load_model(options.model, device=device, dtype_name=options.dtype, kind=AutoModel, unused="pooler.")
    torch.set_num_threads(1 if is_too_small_to_share(model) else options.num_threads)
    encoder = Encoder(model, pooling)
    encoder.encode([EncoderInput([encoder.vocab_size - 1] * encoder.max_len)])
    return encoder
