"""How the model is served, in process and over HTTP alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Serving:
    """Device, threads and limits of an engine. The names are the engine's own."""

    device: str
    num_threads: int
    max_num_seqs: int
    max_num_batched_tokens: int
    max_model_len: int
    weights: Literal["auto", "int8"] = "auto"
    max_prefill_ms: float = 200.0

    def settings(self) -> dict[str, str]:
        """The same as environment variables of the service."""
        values = {
            "DEVICE": self.device,
            "ENGINE": "batched",
            "WEIGHTS": self.weights,
            "NUM_ENGINE_THREADS": self.num_threads,
            "MAX_NUM_SEQS": self.max_num_seqs,
            "MAX_NUM_BATCHED_TOKENS": self.max_num_batched_tokens,
            "MAX_PREFILL_MS": self.max_prefill_ms,
            "MAX_MODEL_LEN": self.max_model_len,
        }
        return {f"UNBLOCKED_{name}": str(value) for name, value in values.items()}
