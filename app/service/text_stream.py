"""One accepted request's answer on its way out: token ids in from the engine, pieces of text out to the client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from app.engine.protocol import SequenceOutput
from app.errors import DeadlineExceededError, SequenceFailedError, UnblockedError
from app.observability.metrics import Metrics
from app.service.requests import TextDelta, TextFinishReason, Usage


class TextDecoder(Protocol):
    """Token ids to text, whole characters only."""

    def push(self, token_ids: tuple[int, ...]) -> str: ...

    def flush(self) -> str: ...


class StopScanner(Protocol):
    """Finds stop strings and holds back what may become one."""

    def push(self, text: str) -> tuple[str, bool]: ...

    def flush(self) -> str: ...


class TextStream:
    """An async iterator of TextDelta; the last one has a finish_reason and the usage.

    The engine's side calls `put` and `fail`, the client's side iterates and calls `abort`; both on the event loop.
    Tokens that arrive while nobody waits are merged into the next delta. Raises, on iteration: DeadlineExceededError,
    EngineError, DrainingError. However it ends, `on_end` is called exactly once, and work still running is aborted.
    """

    def __init__(
        self,
        *,
        decoder: TextDecoder,
        scanner: StopScanner,
        num_prompt_tokens: int,
        metrics: Metrics,
        abort_work: Callable[[], None],
        on_end: Callable[[], None],
    ) -> None:
        self._decoder = decoder
        self._scanner = scanner
        self._metrics = metrics
        self._abort_work = abort_work
        self._on_end = on_end
        self._outputs: list[SequenceOutput] = []
        self._error: UnblockedError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_ended = False  # the work: finished, failed or aborted
        self._is_exhausted = False  # the iterator: its last delta was given out
        self._accepted_s = self._last_token_s = time.monotonic()
        self._num_prompt_tokens = num_prompt_tokens
        self._num_output_tokens = 0
        self._num_cached_tokens = 0

    @property
    def usage(self) -> Usage:
        """The counts so far."""
        return Usage(self._num_prompt_tokens, self._num_output_tokens, self._num_cached_tokens)

    def expire_at(self, when_s: float) -> None:
        """Fail with DeadlineExceededError at this time of the event loop's clock, unless it has ended by then."""
        if not self._is_ended:
            self._timer = asyncio.get_running_loop().call_at(when_s, self._expire)

    def put(self, output: SequenceOutput) -> None:
        """Take what a step brought."""
        if self._is_ended:
            return
        self._count(output)
        self._outputs.append(output)
        if output.finish_reason == "error":
            self.fail(output.error or SequenceFailedError("the model failed on this request"))
        elif output.finish_reason is not None:
            self._end(output.finish_reason)
        self._wake()

    def fail(self, error: UnblockedError) -> None:
        """End with an error; what was generated before is still given out first."""
        if not self._is_ended:
            self._error = error
            self._end("timeout" if isinstance(error, DeadlineExceededError) else "error")
            self._wake()

    def break_off(self, error: UnblockedError) -> None:
        """Stop the work and end with an error."""
        if not self._is_ended:
            self._abort_work()
            self.fail(error)

    def abort(self) -> None:
        """Stop the work and free what it holds. Idempotent, and harmless after the end."""
        if not self._is_ended:
            self._abort_work()
            self._end("cancelled")
            self._is_exhausted = True
            self._wake()

    def __aiter__(self) -> TextStream:
        return self

    async def __anext__(self) -> TextDelta:
        """Wait for the next piece of text. Cancel: nothing is lost; abort is still the caller's to call."""
        while True:
            if self._is_exhausted:
                raise StopAsyncIteration
            if self._outputs:
                delta = self._digest()
                if delta.text or delta.finish_reason:
                    return delta
            elif self._error is not None:
                self._is_exhausted = True
                raise self._error
            else:
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter

    def _digest(self) -> TextDelta:
        """Turn everything that has arrived into one delta."""
        outputs, self._outputs = self._outputs, []
        text, reason = "", None
        for output in outputs:
            reason = output.finish_reason
            # The token that ended the sequence is not part of its text.
            token_ids = output.new_token_ids[:-1] if reason == "stop" else output.new_token_ids
            text += self._decoder.push(token_ids)
        if reason in ("stop", "length"):
            text += self._decoder.flush()
        emitted, has_stopped = self._scanner.push(text)
        if has_stopped:
            return self._stop_here(emitted)
        if reason == "stop" or reason == "length":
            return self._last_delta(emitted + self._scanner.flush(), reason)
        return TextDelta(emitted)

    def _stop_here(self, text: str) -> TextDelta:
        """A stop string was found: the engine need not go on."""
        if not self._is_ended:
            self._abort_work()
            self._end("stop")
        self._error = None
        return self._last_delta(text, "stop")

    def _last_delta(self, text: str, reason: TextFinishReason) -> TextDelta:
        self._is_exhausted = True
        return TextDelta(text, reason, self.usage)

    def _count(self, output: SequenceOutput) -> None:
        now_s = time.monotonic()
        self._num_cached_tokens = output.num_cached_tokens
        if output.new_token_ids:
            if self._num_output_tokens == 0:
                self._metrics.first_token(now_s - self._accepted_s)
            else:
                self._metrics.inter_token(now_s - self._last_token_s)
            self._last_token_s = now_s
            self._num_output_tokens += len(output.new_token_ids)

    def _expire(self) -> None:
        self.break_off(DeadlineExceededError("the request's time limit ran out before its answer was whole"))

    def _end(self, outcome: str) -> None:
        self._is_ended = True
        if self._timer is not None:
            self._timer.cancel()
        self._metrics.request_finished(outcome)
        self._metrics.tokens(
            prompt=self._num_prompt_tokens, completion=self._num_output_tokens, cached=self._num_cached_tokens
        )
        self._on_end()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
