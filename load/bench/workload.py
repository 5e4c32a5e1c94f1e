"""What is asked for: how many prompts at once, how long, how long the answers. The same for all that is measured."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Workload:
    """`num_seqs` clients, each of which asks `num_rounds` times, the next time when its answer is complete.

    Lengths are in tokens. Answers have exactly `output_len` tokens, are greedy, and share no prompt's beginning.
    """

    num_seqs: int
    prompt_len: int
    output_len: int
    num_rounds: int = 1

    @property
    def num_requests(self) -> int:
        return self.num_seqs * self.num_rounds

    @property
    def context_len(self) -> int:
        """Tokens that a prompt and its answer have together."""
        return self.prompt_len + self.output_len

    def prompts(self, *, vocab_size: int, seed: int) -> list[list[int]]:
        """Token ids of all requests. Another seed gives other prompts, so that no cache of prefixes helps."""
        rng = random.Random(seed)
        return [[rng.randrange(vocab_size) for _ in range(self.prompt_len)] for _ in range(self.num_requests)]

    def texts(self, *, seed: int) -> list[str]:
        """Prompts as texts for the tokenizer of saved_model, a token a character."""
        rng = random.Random(seed)
        return ["".join(rng.choices(string.ascii_lowercase, k=self.prompt_len)) for _ in range(self.num_requests)]
