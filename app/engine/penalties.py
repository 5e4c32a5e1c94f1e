"""Which tokens a sequence has seen and how often: what penalties and logit biases need to know. Knows no tensors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.engine.sampling_params import SamplingParams


class PenaltyState:
    """Distinct token ids of one sequence with their counts, kept up to date at O(1) a token.

    ids: int64 [num_distinct]. output_counts: float32 [num_distinct], times that the id was generated. seen: whether
    the id occurs in prompt or output (a logit bias may name ids that do not). bias: float32, the logit bias.
    """

    def __init__(self, params: SamplingParams, prompt_token_ids: Sequence[int]) -> None:
        self._index: dict[int, int] = {}
        self._ids = np.zeros(64, dtype=np.int64)
        self._counts = np.zeros(64, dtype=np.float32)
        self._seen = np.zeros(64, dtype=np.bool_)
        self._bias = np.zeros(64, dtype=np.float32)
        if params.repetition_penalty != 1.0:
            for token_id in prompt_token_ids:
                self._seen[self._place(token_id)] = True
        for token_id, bias in params.logit_bias.items():
            self._bias[self._place(token_id)] = bias

    @classmethod
    def of(cls, params: SamplingParams, prompt_token_ids: Sequence[int]) -> PenaltyState | None:
        """The state that these parameters need, or None if they need none."""
        is_plain = params.repetition_penalty == 1.0 and params.presence_penalty == params.frequency_penalty == 0.0
        return None if is_plain and not params.logit_bias else cls(params, prompt_token_ids)

    def add_output(self, token_id: int) -> None:
        """Count a generated token."""
        place = self._place(token_id)
        self._counts[place] += 1
        self._seen[place] = True

    @property
    def ids(self) -> npt.NDArray[np.int64]:
        return self._ids[: len(self._index)]

    @property
    def output_counts(self) -> npt.NDArray[np.float32]:
        return self._counts[: len(self._index)]

    @property
    def seen(self) -> npt.NDArray[np.bool_]:
        return self._seen[: len(self._index)]

    @property
    def bias(self) -> npt.NDArray[np.float32]:
        return self._bias[: len(self._index)]

    def _place(self, token_id: int) -> int:
        place = self._index.setdefault(token_id, len(self._index))
        if place >= len(self._ids):
            for name in ("_ids", "_counts", "_seen", "_bias"):
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.zeros_like(old)]))
        self._ids[place] = token_id
        return place
