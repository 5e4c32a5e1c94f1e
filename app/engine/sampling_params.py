"""How one request wants its next token chosen. Knows no tensors and no vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.errors import InvalidRequestError

MAX_LOGIT_BIAS_ENTRIES = 1024
MAX_STOP_TOKEN_IDS = 64
MAX_LOGPROBS = 20
MAX_SEED = 2**63 - 1

# field -> (lowest, highest) accepted value, both inclusive
_RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0.0, 2.0),
    "top_k": (0, 1_000_000),
    "top_p": (0.0, 1.0),
    "min_p": (0.0, 1.0),
    "repetition_penalty": (0.01, 10.0),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (-2.0, 2.0),
    "max_tokens": (1, 10_000_000),
    "num_logprobs": (0, MAX_LOGPROBS),
    "num_prompt_logprobs": (0, MAX_LOGPROBS),
}


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """One request's sampling settings, validated on creation.

    temperature 0 is greedy. top_k 0, top_p 1 and min_p 0 are off. repetition_penalty is transformers' (over prompt
    and output), presence and frequency penalties are OpenAI's (over the output). logit_bias maps token id to an
    amount added to its logit, -100 to 100. A seeded request draws the same tokens whatever it is batched
    with, as far as the logits are the same: in half precision their rounding depends on the batch's size.
    num_logprobs asks for each token's log-probability and those of so many likeliest ones (None: for neither);
    num_prompt_logprobs asks for the same of the prompt's tokens.

    Raises: InvalidRequestError, naming the field, its limits and the value.
    """

    max_tokens: int = 256
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    logit_bias: Mapping[int, float] = field(default_factory=dict)
    seed: int | None = None
    stop_token_ids: frozenset[int] = frozenset()
    ignore_eos: bool = False
    num_logprobs: int | None = None
    num_prompt_logprobs: int | None = None

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:  # also refuses NaN, which compares false with everything
                raise InvalidRequestError(f"'{name}' must be between {low:g} and {high:g}, got {value:g}", param=name)
        if self.seed is not None and not -MAX_SEED - 1 <= self.seed <= MAX_SEED:
            raise InvalidRequestError(f"'seed' must fit 64 bits, got {self.seed:.6g}", param="seed")
        self._check_ids()

    def _check_ids(self) -> None:
        if len(self.logit_bias) > MAX_LOGIT_BIAS_ENTRIES:
            raise InvalidRequestError(
                f"'logit_bias' takes at most {MAX_LOGIT_BIAS_ENTRIES} entries, got {len(self.logit_bias)}",
                param="logit_bias",
            )
        for bias in self.logit_bias.values():
            if not -100 <= bias <= 100:
                raise InvalidRequestError(
                    f"'logit_bias' values must be between -100 and 100, got {bias:g}", param="logit_bias"
                )
        if len(self.stop_token_ids) > MAX_STOP_TOKEN_IDS:
            raise InvalidRequestError(
                f"'stop_token_ids' takes at most {MAX_STOP_TOKEN_IDS} ids, got {len(self.stop_token_ids)}",
                param="stop_token_ids",
            )

    @property
    def is_greedy(self) -> bool:
        """Whether the most likely token is taken and nothing is drawn."""
        return self.temperature == 0.0 or self.top_k == 1

    def check_vocabulary(self, vocab_size: int) -> None:
        """Refuse token ids outside the model's vocabulary: on a GPU they would kill the whole context.

        Raises: InvalidRequestError.
        """
        for name, ids in (("logit_bias", self.logit_bias), ("stop_token_ids", self.stop_token_ids)):
            for token_id in ids:
                if not 0 <= token_id < vocab_size:
                    raise InvalidRequestError(
                        f"'{name}' holds token id {token_id:.6g}; this model's ids are 0 to {vocab_size - 1}",
                        param=name,
                    )
