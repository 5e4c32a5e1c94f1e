"""One accepted request's answer on its way out: token ids in from the engine, pieces of text out to the client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from app.engine.protocol import SequenceOutput
from app.errors import DeadlineExceededError, SequenceFailedError, UnblockedError
from app.observability.metrics import Metrics
from app.service.requests import TextDelta, TextFinishReason, Usage
from app.service.stream_meter import StreamMeter
from app.service.token_scores import TokenScores

# A reader that was away for long gets what has gathered in pieces of this size: decoding all at once would hold the
# event loop for as many microseconds as there are tokens.
MAX_DELTA_TOKENS = 512


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

    The engine's side calls `start`, `put` and `fail`, the client's side iterates and calls `abort`; both on the event
    loop. Tokens that arrive while nobody waits are kept as ids, max_tokens of them at most, and merged into the next
    deltas. Raises, on iteration: DeadlineExceededError, EngineError, DrainingError, and what
    decoding raises. However it ends, `on_end` is called exactly once, and work still running is aborted.
    `index` stands in every delta; `scores`, if there, collects log-probabilities for them.
    """

    def __init__(
        self,
        *,
        decoder: TextDecoder,
        scanner: StopScanner,
        num_prompt_tokens: int,
        metrics: Metrics,
        abort_work: Callable[[], None],
        on_start: Callable[[], None],
        on_end: Callable[[], None],
        index: int = 0,
        scores: TokenScores | None = None,
    ) -> None:
        self._decoder = decoder
        self._scanner = scanner
        self._meter = StreamMeter(metrics, num_prompt_tokens=num_prompt_tokens)
        self._abort_work = abort_work
        self._on_start = on_start
        self._on_end = on_end
        self._index = index
        self._scores = scores
        self._on_news: Callable[[], None] | None = None
        self._on_first_token: Callable[[], None] | None = None
        self._token_ids: list[int] = []  # not decoded yet
        self._reason: TextFinishReason | None = None  # why the engine ended, once it has
        self._error: UnblockedError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_ended = False  # the work: finished, failed or aborted
        self._is_whole = False  # ended as the request asked for
        self._is_exhausted = False  # the iterator: its last delta was given out

    @property
    def usage(self) -> Usage:
        """The counts so far."""
        return self._meter.usage

    @property
    def is_whole(self) -> bool:
        """Whether the work ended as the request asked for, and not by an error or a client that left."""
        return self._is_whole

    @property
    def stage(self) -> str:
        """How far the request has come, in the words of the metrics."""
        return self._meter.stage

    def notify(
        self, *, on_news: Callable[[], None] | None = None, on_first_token: Callable[[], None] | None = None
    ) -> None:
        """Call these whenever `poll` may have something new, and once when the first token has come."""
        self._on_news = on_news or self._on_news
        self._on_first_token = on_first_token or self._on_first_token

    def expire_at(self, when_s: float) -> None:
        """Fail with DeadlineExceededError at this time of the event loop's clock, unless it has ended by then."""
        if not self._is_ended:
            self._timer = asyncio.get_running_loop().call_at(when_s, self._expire)

    def start(self) -> None:
        """Note that the engine takes the request up now."""
        if not self._is_ended:
            self._on_start()
            self._meter.start()

    def put(self, output: SequenceOutput) -> None:
        """Take what a step brought."""
        if self._is_ended:
            return
        is_first = self._meter.take(output)
        self._token_ids += output.new_token_ids
        if self._scores is not None:
            self._scores.put(output)
        if is_first and self._on_first_token is not None:
            self._on_first_token()
        if output.finish_reason == "error":
            self.fail(output.error or SequenceFailedError("the model failed on this request"))
        elif output.finish_reason is not None:
            self._reason = output.finish_reason
            self._end(output.finish_reason)
        self._wake()

    def fail(self, error: UnblockedError) -> None:
        """End with an error; what was generated before is still given out first."""
        if not self._is_ended:
            self._error = error
            self._end("timeout" if isinstance(error, DeadlineExceededError) else "error")

    def break_off(self, error: UnblockedError) -> None:
        """Stop the work and end with an error."""
        if not self._is_ended:
            self._abort_work()
            self.fail(error)

    def abort(self) -> None:
        """Stop the work and free what it holds. Idempotent, and harmless after the end."""
        if not self._is_ended:
            self._is_exhausted = True
            self._stop_work("cancelled")

    def __aiter__(self) -> TextStream:
        return self

    async def __anext__(self) -> TextDelta:
        """Wait for the next piece of text. Cancel: nothing is lost; abort is still the caller's to call."""
        while not self._is_exhausted:
            delta = self.poll()
            if delta is not None:
                return delta
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        raise StopAsyncIteration

    def poll(self) -> TextDelta | None:
        """Return the next piece of text if there is one now. Raises: as the iteration does."""
        while self._token_ids or self._reason is not None:
            if self._is_exhausted:
                return None
            delta = self._digest_or_end()
            if delta.text or delta.finish_reason:
                return delta
        if self._error is not None and not self._is_exhausted:
            self._is_exhausted = True
            raise self._error
        return None

    def _digest_or_end(self) -> TextDelta:
        """Decode; what can't be decoded ends here, and its work with it."""
        try:
            return self._digest()
        except BaseException:
            self._is_exhausted = True
            self._stop_work("error")
            raise

    def _digest(self) -> TextDelta:
        """Turn what has arrived, or the first part of it, into one delta."""
        token_ids = self._token_ids[:MAX_DELTA_TOKENS]
        del self._token_ids[:MAX_DELTA_TOKENS]
        reason = None if self._token_ids else self._reason
        if self._scores is not None:
            self._scores.advance(len(token_ids), num_dropped=reason == "stop")
        if reason == "stop":
            del token_ids[-1:]  # the token that ended the sequence is not part of its text
        text = self._decoder.push(tuple(token_ids))
        if reason is not None:
            text += self._decoder.flush()
        emitted, has_stopped = self._scanner.push(text)
        if has_stopped:
            return self._stop_here(emitted)
        if reason is not None:
            return self._last_delta(emitted + self._scanner.flush(), reason)
        return self._delta(emitted) if emitted else TextDelta("")

    def _stop_here(self, text: str) -> TextDelta:
        """A stop string was found: the engine need not go on."""
        self._stop_work("stop")
        self._error = None
        return self._last_delta(text, "stop")

    def _last_delta(self, text: str, reason: TextFinishReason) -> TextDelta:
        self._is_exhausted = True
        return self._delta(text, reason, self.usage)

    def _delta(self, text: str, reason: TextFinishReason | None = None, usage: Usage | None = None) -> TextDelta:
        if self._scores is None:
            return TextDelta(text, reason, usage, self._index)
        return TextDelta(text, reason, usage, self._index, self._scores.take(), self._scores.take_prompt())

    def _expire(self) -> None:
        self.break_off(DeadlineExceededError("the request's time limit ran out before its answer was whole"))

    def _stop_work(self, outcome: str) -> None:
        if not self._is_ended:
            self._abort_work()
            self._end(outcome)

    def _end(self, outcome: str) -> None:
        self._is_ended = True
        self._is_whole = outcome in ("stop", "length")
        timer, on_end = self._timer, self._on_end
        # What knows the stream is not known to it any longer: it goes when it is let go, not when garbage is collected.
        self._timer = self._on_first_token = None
        self._abort_work = self._on_start = self._on_end = _nothing
        if timer is not None:
            timer.cancel()
        try:
            self._meter.end(outcome, is_whole=self._is_whole)
        finally:
            on_end()
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        if self._on_news is not None:
            self._on_news()


def _nothing() -> None:
    """In place of callbacks that have had their last call."""
