"""Makes chat completions: admission, prompt, engine, and a stream of text back. Knows neither HTTP nor tensors."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from collections.abc import Callable, Mapping
from typing import Any

from app.engine.llm_engine import check_request
from app.engine.protocol import EngineInfo, EngineRequest
from app.errors import (
    DeadlineExceededError,
    DrainingError,
    PromptTooLongError,
    QueueFullError,
    UnblockedError,
)
from app.observability.metrics import Metrics
from app.service.admission import Admission, Permit
from app.service.engine_runner import EngineRunner
from app.service.prompt import PromptEncoder
from app.service.requests import ChatRequest
from app.service.stop_strings import StopStringScanner
from app.service.text_stream import TextDecoder, TextStream

# Fewer characters a token than nearly any text has, so that the estimate made before tokenizing is rarely too low.
_CHARS_PER_TOKEN = 2


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
        runner: EngineRunner,
        info: EngineInfo,
        prompts: PromptEncoder,
        new_decoder: Callable[[], TextDecoder],
        admission: Admission,
        metrics: Metrics,
        limits: ChatLimits,
    ) -> None:
        self._runner = runner
        self._info = info
        self._prompts = prompts
        self._new_decoder = new_decoder
        self._admission = admission
        self._metrics = metrics
        self._limits = limits
        self._engine_ids = itertools.count(1)
        self._streams: set[TextStream] = set()

    async def open(self, request: ChatRequest) -> TextStream:
        """Accept a request and hand it to the engine; the stream that comes back must be iterated or aborted.

        Cancel: everything reserved is given back. Raises, before any work is done: QueueFullError, DrainingError,
        EngineDeadError; before anything is generated: InvalidRequestError, DeadlineExceededError.
        """
        deadline_s = asyncio.get_running_loop().time() + self._timeout_s(request)
        scanner = StopStringScanner(request.stop)
        permit = self._reserve(request)
        try:
            prompt = await self._encode(request, deadline_s)
            stream = self._submit(request, prompt, permit=permit, scanner=scanner)
        except BaseException as error:
            permit.release()
            self._metrics.request_finished(_outcome(error))
            raise
        stream.expire_at(deadline_s)
        return stream

    def fail_all(self, error: UnblockedError) -> None:
        """End every open stream with an error, and its work."""
        for stream in list(self._streams):
            stream.break_off(error)

    def _timeout_s(self, request: ChatRequest) -> float:
        asked_s = request.timeout_s
        return self._limits.timeout_s if asked_s is None else min(asked_s, self._limits.timeout_s)

    def _reserve(self, request: ChatRequest) -> Permit:
        if self._runner.death is not None:
            self._metrics.request_refused("engine_dead")
            raise self._runner.death
        num_chars = _num_chars(request.messages) + _num_chars(request.tools)
        wanted = num_chars // _CHARS_PER_TOKEN + (request.max_tokens or self._limits.default_max_tokens)
        try:
            permit = self._admission.reserve(min(wanted, self._info.max_model_len))
        except (QueueFullError, DrainingError) as error:
            self._metrics.request_refused("draining" if isinstance(error, DrainingError) else "queue_full")
            raise
        self._metrics.request_accepted()
        return permit

    async def _encode(self, request: ChatRequest, deadline_s: float) -> list[int]:
        try:
            async with asyncio.timeout_at(deadline_s):
                return await self._prompts.encode_chat(
                    request.messages, tools=request.tools, template_kwargs=request.template_kwargs
                )
        except TimeoutError:
            raise DeadlineExceededError("the request's time limit ran out while its prompt was read") from None

    def _submit(
        self, request: ChatRequest, prompt: list[int], *, permit: Permit, scanner: StopStringScanner
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
            abort_work=lambda: self._runner.abort(engine_id),
            on_end=lambda: self._close(stream, permit),
        )
        self._runner.submit(work, stream)
        self._streams.add(stream)
        return stream

    def _close(self, stream: TextStream, permit: Permit) -> None:
        self._streams.discard(stream)
        permit.release()


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
