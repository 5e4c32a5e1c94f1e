"""Makes chat completions: admission, prompt, engine, and a stream of text back. Knows neither HTTP nor tensors."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.engine.llm_engine import check_request
from app.engine.protocol import EngineInfo, EngineRequest
from app.errors import (
    DeadlineExceededError,
    DeadlineUnreachableError,
    DrainingError,
    EngineDeadError,
    EngineRestartingError,
    OverShareError,
    PromptTooLongError,
    QueueFullError,
    UnblockedError,
)
from app.observability.metrics import Metrics
from app.service.admission import Permit
from app.service.chat_parts import AdmissionLike, ChatEncoder, EngineLike
from app.service.rates import ServiceRates
from app.service.requests import ChatRequest
from app.service.stop_strings import StopStringScanner
from app.service.text_stream import StopScanner, TextDecoder, TextStream

# Fewer characters a token than nearly any text has, so that the estimate made before tokenizing is rarely too low.
_CHARS_PER_TOKEN = 2

# The first that fits names the refusal in the metrics.
_REASONS: tuple[tuple[type[UnblockedError], str], ...] = (
    (OverShareError, "over_share"),
    (QueueFullError, "queue_full"),
    (DeadlineUnreachableError, "deadline"),
    (DrainingError, "draining"),
    (EngineRestartingError, "engine_restarting"),
    (EngineDeadError, "engine_dead"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class ChatLimits:
    """What a request gets that asks for nothing, and the most that it may ask for."""

    timeout_s: float = 120.0
    default_max_tokens: int = 512


class ChatService:
    """Opens one TextStream per accepted request. Thread: the event loop's."""

    def __init__(
        self,
        *,
        engine: EngineLike,
        info: EngineInfo,
        prompts: ChatEncoder,
        new_decoder: Callable[[], TextDecoder],
        new_scanner: Callable[[Sequence[str]], StopScanner] = StopStringScanner,
        admission: AdmissionLike,
        rates: ServiceRates,
        metrics: Metrics,
        limits: ChatLimits,
    ) -> None:
        self._engine = engine
        self._info = info
        self._rates = rates
        self._prompts = prompts
        self._new_decoder = new_decoder
        self._new_scanner = new_scanner
        self._admission = admission
        self._metrics = metrics
        self._limits = limits
        self._engine_ids = itertools.count(1)
        self._streams: set[TextStream] = set()
        metrics.watch_accepted(num_requests=lambda: admission.num_requests, num_tokens=lambda: admission.num_tokens)

    async def open(self, request: ChatRequest) -> TextStream:
        """Accept a request and hand it to the engine; the stream that comes back must be iterated or aborted.

        Cancel: everything reserved is given back. Raises, before any work is done: QueueFullError, OverShareError,
        DeadlineUnreachableError, DrainingError, EngineDeadError, EngineRestartingError; before anything is generated:
        InvalidRequestError, DeadlineExceededError.
        """
        timeout_s = self._timeout_s(request)
        deadline_s = asyncio.get_running_loop().time() + timeout_s
        scanner = self._new_scanner(request.stop)
        permit = self._reserve(request, timeout_s)
        try:
            started_s = time.monotonic()
            prompt = await self._encode(request, deadline_s)
            tokenize_s = time.monotonic() - started_s
            return self._submit(
                request, prompt, permit=permit, scanner=scanner, deadline_s=deadline_s, tokenize_s=tokenize_s
            )
        except BaseException as error:
            permit.release()
            outcome = _outcome(error)
            self._metrics.request_finished(outcome)
            if outcome == "cancelled":
                self._metrics.request_cancelled("queued")
            raise

    def fail_all(self, error: UnblockedError) -> None:
        """End every open stream with an error, and its work."""
        for stream in list(self._streams):
            stream.break_off(error)

    def _timeout_s(self, request: ChatRequest) -> float:
        asked_s = request.timeout_s
        return self._limits.timeout_s if asked_s is None else min(asked_s, self._limits.timeout_s)

    def _reserve(self, request: ChatRequest, timeout_s: float) -> Permit:
        """Check and reserve in one step: nothing here awaits, and nothing looks at the text but to count it."""
        num_chars = _num_chars(request.messages) + _num_chars(request.tools)
        num_prompt = min(num_chars // _CHARS_PER_TOKEN, self._info.max_model_len)
        max_tokens = request.max_tokens or self._limits.default_max_tokens
        try:
            self._engine.check()
            permit = self._admission.reserve(
                min(num_prompt + max_tokens, self._info.max_model_len), owner=request.owner
            )
            try:
                self._check_reachable(permit, num_prompt, max_tokens, timeout_s)
            except BaseException:
                permit.release()
                raise
        except UnblockedError as error:
            self._metrics.request_refused(next((word for kind, word in _REASONS if isinstance(error, kind)), "other"))
            raise
        self._metrics.request_accepted()
        return permit

    def _check_reachable(self, permit: Permit, num_prompt: int, max_tokens: int, timeout_s: float) -> None:
        """Refuse what would run out of time by the rates measured lately. Rates that are unknown refuse nobody.

        Nor do they where nobody waits: they may tell of a crowd long gone, and only work that is begun corrects them.
        """
        num_ahead = self._admission.num_tokens_ahead(permit.owner) - permit.num_tokens
        if num_ahead <= 0:
            return
        wait_s = self._rates.wait_s(num_ahead)
        needed_s = wait_s + self._rates.run_s(num_prompt_tokens=num_prompt, max_tokens=max_tokens)
        if needed_s > timeout_s:
            raise DeadlineUnreachableError(
                f"the answer would take about {needed_s:.1f} s and its time limit is {timeout_s:g} s",
                retry_after_s=self._admission.retry_after_s(),
            )

    async def _encode(self, request: ChatRequest, deadline_s: float) -> list[int]:
        try:
            async with asyncio.timeout_at(deadline_s):
                return await self._prompts.encode_chat(
                    request.messages, tools=request.tools, template_kwargs=request.template_kwargs
                )
        except TimeoutError:
            raise DeadlineExceededError("the request's time limit ran out while its prompt was read") from None

    def _submit(
        self,
        request: ChatRequest,
        prompt: list[int],
        *,
        permit: Permit,
        scanner: StopScanner,
        deadline_s: float,
        tokenize_s: float,
    ) -> TextStream:
        room = self._info.max_model_len - len(prompt)
        if room < 1:
            raise PromptTooLongError(num_tokens=len(prompt), max_tokens=self._info.max_model_len)
        max_tokens = min(request.max_tokens or self._limits.default_max_tokens, room)
        engine_id = str(next(self._engine_ids))  # clients may send one request id twice
        params = dataclasses.replace(request.params, max_tokens=max_tokens)
        work = EngineRequest(engine_id, prompt, params, request.cache_scope)
        check_request(work, self._info)
        permit.settle(len(prompt) + max_tokens)
        stream = TextStream(
            decoder=self._new_decoder(),
            scanner=scanner,
            num_prompt_tokens=len(prompt),
            metrics=self._metrics,
            abort_work=lambda: self._engine.abort(engine_id),
            on_start=permit.start,
            on_end=lambda: self._close(stream, permit, max_tokens),
            tokenize_s=tokenize_s,
        )
        self._engine.submit(work, stream, owner=request.owner, deadline_s=deadline_s)
        self._streams.add(stream)
        stream.expire_at(deadline_s)
        return stream

    def _close(self, stream: TextStream, permit: Permit, max_tokens: int) -> None:
        self._streams.discard(stream)
        permit.release()
        if stream.is_whole:
            self._rates.finished(
                num_reserved_tokens=permit.num_tokens,
                num_output_tokens=stream.usage.num_completion_tokens,
                max_tokens=max_tokens,
            )


def _num_chars(value: Any) -> int:
    """Characters in all strings of a JSON-like value; it is never deeper than the API allows."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(_num_chars(key) + _num_chars(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return sum(map(_num_chars, value))
    return 0


def _outcome(error: BaseException) -> str:
    """How a request ended that was accepted but never reached the engine, in the words of the metrics."""
    if isinstance(error, asyncio.CancelledError):
        return "cancelled"
    return "timeout" if isinstance(error, DeadlineExceededError) else "error"
