"""What one answer counts and how long it takes, told to the metrics as it happens. Thread: the event loop's."""

from __future__ import annotations

import time

from app.engine.protocol import SequenceOutput
from app.observability.metrics import Metrics
from app.service.requests import Usage


class StreamMeter:
    """Meters one answer from its acceptance on."""

    def __init__(self, metrics: Metrics, *, num_prompt_tokens: int) -> None:
        self._metrics = metrics
        self._is_started = False  # the engine has taken the request
        self._accepted_s = self._last_token_s = time.monotonic()
        self._num_prompt_tokens = num_prompt_tokens
        self._num_output_tokens = 0
        self._num_cached_tokens = 0

    @property
    def usage(self) -> Usage:
        """The counts so far."""
        return Usage(self._num_prompt_tokens, self._num_output_tokens, self._num_cached_tokens)

    @property
    def stage(self) -> str:
        """How far the request has come, in the words of the metrics."""
        if not self._is_started:
            return "queued"
        return "decode" if self._num_output_tokens else "prefill"

    def start(self) -> None:
        """Note that the engine takes the request up now."""
        self._is_started = True
        self._metrics.queue_time(time.monotonic() - self._accepted_s)

    def take(self, output: SequenceOutput) -> bool:
        """Count what a step brought; return whether the first token is among it."""
        self._num_cached_tokens = output.num_cached_tokens
        if not output.new_token_ids:
            return False
        now_s = time.monotonic()
        is_first = self._num_output_tokens == 0
        if is_first:
            self._metrics.first_token(now_s - self._accepted_s)
        else:
            self._metrics.inter_token(now_s - self._last_token_s)
        self._last_token_s = now_s
        self._num_output_tokens += len(output.new_token_ids)
        return is_first

    def end(self, outcome: str, *, is_whole: bool) -> None:
        """Report how it ended, and what of the work was for nothing."""
        prompt, completion, cached = self._num_prompt_tokens, self._num_output_tokens, self._num_cached_tokens
        self._metrics.request_finished(outcome)
        self._metrics.tokens(prompt=prompt, completion=completion, cached=cached)
        if outcome == "cancelled":
            self._metrics.request_cancelled(self.stage)
        if not is_whole:
            # How much of a prompt was read before its first token only the engine knows; it is not counted.
            self._metrics.tokens_wasted(prompt=prompt - cached if completion else 0, completion=completion)
