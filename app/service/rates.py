"""How fast this server works, as measured lately: what Retry-After and early refusals are computed from.

Everything starts unknown and stays so until there is enough evidence, and what is unknown refuses nobody. Only how fast
a first crowd will end is guessed, from what ran before it, and too high: it refuses too few.
"""

from __future__ import annotations

import math

_MEMORY_S = 3.0  # what was measured this much busy time ago counts 1/e as much as what is measured now
_MIN_BUSY_S = 1.0
_MEMORY_TOKENS = 20_000.0
_MIN_TOKENS = 1000.0
_MAX_RETRY_AFTER_S = 60.0


class DecayedRatio:
    """How much of one thing comes with how much of another, such as tokens per second; recent observations first.

    An observation fades to 1/e within `memory` of the other thing. Known after `min_count` pieces and `min_base`.
    """

    def __init__(self, *, memory: float, min_base: float, min_count: int) -> None:
        self._memory = memory
        self._min_base = min_base
        self._min_count = min_count
        self._count = 0
        self._amount = 0.0
        self._base = 0.0

    def observe(self, amount: float, base: float, *, count: int = 1) -> None:
        """Note `amount` that came with `base`, in `count` pieces."""
        kept = math.exp(-base / self._memory)
        self._amount = self._amount * kept + amount
        self._base = self._base * kept + base
        self._count += count

    @property
    def value(self) -> float | None:
        """The ratio; None while it is unknown, and while it is 0."""
        if self._count < self._min_count or self._base < self._min_base or not self._amount:
            return None
        return self._amount / self._base


class ServiceRates:
    """What the engine's steps and the ends of requests tell. Thread: the event loop's.

    Limits are in tokens that requests reserve: prompt and longest answer. How fast reserved tokens end is what the
    engine computes a second, by the part of what they reserve that requests let it compute. Work counts whatever
    becomes of it, so a crowd that leaves before its answers end does not look like a slow engine; and only while
    requests wait, else it says how much was asked, not what is possible. Until that was seen, a
    full batch is taken to be as fast as what ran so far, which it is not.
    """

    def __init__(self, *, max_num_seqs: int = 32) -> None:
        self._max_num_seqs = max_num_seqs
        # The first to end are the shortest: fewer than a batch would say too little of the rest.
        min_requests = max(8, max_num_seqs)
        self._work = DecayedRatio(memory=_MEMORY_S, min_base=_MIN_BUSY_S, min_count=16)
        self._prefill = DecayedRatio(memory=_MEMORY_S, min_base=_MIN_BUSY_S, min_count=16)
        self._decode = DecayedRatio(memory=_MEMORY_S, min_base=_MIN_BUSY_S, min_count=16)
        self._computed_share = DecayedRatio(memory=_MEMORY_TOKENS, min_base=_MIN_TOKENS, min_count=min_requests)
        self._used_share = DecayedRatio(memory=_MEMORY_TOKENS, min_base=_MIN_TOKENS, min_count=min_requests)

    def ended(self, *, num_reserved_tokens: int, num_computed_tokens: int) -> None:
        """Note a request that the engine had taken, whatever its end. Computed: of its prompt, and of its answer."""
        self._computed_share.observe(num_computed_tokens, num_reserved_tokens)

    def finished(self, *, num_output_tokens: int, max_tokens: int) -> None:
        """Note a request that was answered whole."""
        self._used_share.observe(num_output_tokens, max_tokens)

    def step(self, seconds: float, *, num_prefill_tokens: int, num_decode_tokens: int, is_backlogged: bool) -> None:
        """Note a step of the engine; is_backlogged: others waited while it ran."""
        if num_prefill_tokens:
            self._prefill.observe(num_prefill_tokens, seconds)
        if num_decode_tokens:
            self._decode.observe(1, seconds)
        if is_backlogged:
            self._work.observe(num_prefill_tokens + num_decode_tokens, seconds)

    def wait_s(self, num_tokens_ahead: int) -> float:
        """Seconds until that many reserved tokens have ended; 0 while the rates are unknown."""
        work, share = self._work.value or self._work_bound, self._computed_share.value
        return num_tokens_ahead * share / work if work and share else 0.0

    def run_s(self, *, num_prompt_tokens: int, max_tokens: int) -> float:
        """Seconds from the engine taking a request up to its end, if it uses of max_tokens what others use lately.

        What is unknown counts as no time at all.
        """
        prefill, decode, share = self._prefill.value, self._decode.value, self._used_share.value
        seconds = num_prompt_tokens / prefill if prefill else 0.0
        if decode and share:
            seconds += max_tokens * share / decode
        return seconds

    @property
    def _work_bound(self) -> float:
        """Tokens a second that a full batch would at most compute, judged by smaller ones; 0 while that is unknown."""
        return max(self._prefill.value or 0.0, self._max_num_seqs * (self._decode.value or 0.0))

    def retry_after_s(self, num_tokens_held: int, *, jitter: float) -> float:
        """When it is worth trying again, 1 s or more: in the second half of the time that what is held takes to end.

        jitter: 0 to 1, drawn at random, so that those who were refused together do not return together.
        """
        return max(1.0, min(self.wait_s(num_tokens_held) * (0.5 + jitter / 2), _MAX_RETRY_AFTER_S))
