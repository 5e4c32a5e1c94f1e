"""How many prompt tokens go into a step in which others decode: as many as are read in the time that these take anyway.

Policy from measured times only: knows no tensors and no clock. A token of a prompt costs more the longer the text
before it is, a decode step more the more sequences there are, and a machine has neighbours; so no cost is computed.
"""

from __future__ import annotations

# A piece has an attention call of its own in every layer; smaller ones are not worth it, and a prompt must get on.
MIN_TOKENS = 16
# What decodes take alone is measured again after so many steps with prompts in them: contexts and neighbours change.
MAX_AGE_STEPS = 16


class PrefillPace:
    """Keeps what prompts add to a step as short as the step's decodes, or as max_prefill_s, whichever is longer.

    So a prompt of any length at most doubles the time to the others' next token, or adds max_prefill_s to it, and is
    read at half speed at least: Sarathi-Serve's stall-free batches (Agrawal et al. 2024, arXiv 2403.02310), their
    budget a time and not a number of tokens. Thread: whoever owns the engine.
    """

    def __init__(self, *, max_prefill_s: float) -> None:
        self._max_prefill_s = max_prefill_s
        self._decode_s = 0.0  # of a step that decodes _num_decodes sequences and reads no prompt
        self._num_decodes = 0
        self._age = 0  # steps with both since then
        self._read_s = 0.0  # what was read lately, a half of it in the last step
        self._num_read = 0.0

    def max_tokens(self, num_decodes: int) -> float:
        """Of prompts in the next step beside so many decodes; 0 if it is to show what these take alone."""
        if not num_decodes or not self._num_read:
            return float("inf")
        # Never two steps in a row: with a number of decodes that swings, prompts would never be read.
        if self._age and (not self._is_like(num_decodes) or self._age >= MAX_AGE_STEPS):
            return 0
        allowed_s = max(self._decode_s, self._max_prefill_s)
        return max(float(MIN_TOKENS), allowed_s * self._num_read / self._read_s)

    def observe(self, step_s: float, *, num_prefill_tokens: int, num_decodes: int) -> None:
        """Note how long a step took that read so many tokens of prompts and decoded so many sequences."""
        if num_prefill_tokens:
            self._age += 1
            alone_s = self._decode_s if num_decodes else 0.0
            self._read_s = self._read_s / 2 + max(step_s - alone_s, 1e-6)
            self._num_read = self._num_read / 2 + num_prefill_tokens
        elif num_decodes:
            known_s = self._decode_s if self._is_like(num_decodes) else step_s
            self._decode_s = min(step_s, (known_s + step_s) / 2)  # up by halves: the machine may have hiccuped
            self._num_decodes = num_decodes
            self._age = 0

    def _is_like(self, num_decodes: int) -> bool:
        """Whether so many decodes take about what is known."""
        return abs(num_decodes - self._num_decodes) * 4 <= self._num_decodes

    def __repr__(self) -> str:
        decode_ms = 1000 * self._decode_s
        token_ms = 1000 * self._read_s / self._num_read if self._num_read else 0.0
        return f"<PrefillPace {decode_ms:.1f} ms for {self._num_decodes} decodes, {token_ms:.2f} ms a token>"
