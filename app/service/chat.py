"""Makes chat completions: admission, prompt, engine, and a stream of text back. Knows neither HTTP nor tensors."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from app.engine.protocol import EngineInfo
from app.errors import DeadlineExceededError, InvalidRequestError, UnblockedError
from app.observability.metrics import Metrics
from app.service.admission import Permit
from app.service.answering import Answering, StreamParts
from app.service.chat_parts import AdmissionLike, ChatEncoder, EngineLike
from app.service.choices import ChoicesStream
from app.service.gate import Gate
from app.service.grammar import GrammarState
from app.service.parsed_stream import ParsedStream
from app.service.rates import ServiceRates
from app.service.requests import ChatRequest, Grammar
from app.service.text_stream import TextStream

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
        engine: EngineLike,
        info: EngineInfo,
        prompts: ChatEncoder,
        parts: StreamParts,
        admission: AdmissionLike,
        rates: ServiceRates,
        metrics: Metrics,
        limits: ChatLimits,
    ) -> None:
        self._info = info
        self._prompts = prompts
        self._parts = parts
        self._form = parts.form
        self._admission = admission
        self._metrics = metrics
        self._limits = limits
        self._gate = Gate(
            engine=engine, admission=admission, rates=rates, metrics=metrics, max_model_len=info.max_model_len
        )
        self._answering = Answering(engine, info, parts=parts, rates=rates, metrics=metrics)
        metrics.watch_accepted(num_requests=lambda: admission.num_requests, num_tokens=lambda: admission.num_tokens)

    def check(self, *, owner: str, timeout_s: float | None) -> None:
        """Raise what even the smallest request of this owner would be refused with now; see Gate.check."""
        self._gate.check(owner=owner, timeout_s=self._timeout_s(timeout_s))

    async def open(self, request: ChatRequest) -> TextStream | ChoicesStream | ParsedStream:
        """Accept a request and hand it to the engine; the stream that comes back must be iterated or aborted.

        Each of its answers counts as one request. Cancel: everything reserved is given back. Raises, before any work
        is done: QueueFullError, OverShareError, DeadlineUnreachableError, DrainingError, EngineDeadError,
        EngineRestartingError; before anything is generated: InvalidRequestError, DeadlineExceededError.
        """
        timeout_s = self._timeout_s(request.timeout_s)
        deadline_s = asyncio.get_running_loop().time() + timeout_s
        self._parts.new_scanner(request.stop)  # refuses stop strings that it can't take
        permits = self._reserve_all(request, timeout_s)
        try:
            grammar, prompts = await self._prepare(request, deadline_s)
            request.stages.end("tokenize")
            max_tokens = request.max_tokens or self._limits.default_max_tokens
            stream = self._answering.begin(
                request,
                prompts,
                permits=permits,
                grammar=grammar,
                max_tokens=max_tokens,
                deadline_s=deadline_s,
                has_line=self._admission.num_tokens_ahead(owner=request.owner) > sum(p.num_tokens for p in permits),
            )
        except BaseException as error:
            for permit in permits:
                permit.release()
                self._note_unopened(_outcome(error))
            raise
        is_thinking = self._form.is_thinking(prompts[0], self._parts.bytes_of_token)
        new_parser = self._form.parser(request, is_thinking=is_thinking)
        return stream if new_parser is None else ParsedStream(stream, new_parser)

    def fail_all(self, error: UnblockedError) -> None:
        """End every open stream with an error, and its work."""
        for stream in list(self._answering.open_streams):
            stream.break_off(error)

    def _note_unopened(self, outcome: str) -> None:
        self._metrics.request_finished(outcome)
        if outcome == "cancelled":
            self._metrics.request_cancelled("queued")

    def _timeout_s(self, asked_s: float | None) -> float:
        return self._limits.timeout_s if asked_s is None else min(asked_s, self._limits.timeout_s)

    def _reserve_all(self, request: ChatRequest, timeout_s: float) -> list[Permit]:
        """Check and reserve in one step: nothing here awaits, and nothing looks at the text but to count it."""
        num_answers = max(1, len(request.prompts)) * request.num_choices
        if num_answers > self._admission.max_requests:
            raise InvalidRequestError(
                f"{num_answers} answers are asked for; this server takes {self._admission.max_requests} at once",
                param="n",
            )
        self._gate.check(owner=request.owner, timeout_s=timeout_s)
        max_tokens = request.max_tokens or self._limits.default_max_tokens
        permits: list[Permit] = []
        try:
            for num_prompt in self._estimate(request):
                for _ in range(request.num_choices):
                    # Not a comprehension: what it had taken would be lost with it.
                    permits.append(  # noqa: PERF401
                        self._gate.reserve(
                            num_prompt_tokens=num_prompt,
                            max_tokens=max_tokens,
                            owner=request.owner,
                            timeout_s=timeout_s,
                        )
                    )
        except BaseException:
            for permit in permits:
                permit.release()
            raise
        for _ in permits:
            self._metrics.request_accepted()
        return permits

    def _estimate(self, request: ChatRequest) -> list[int]:
        """About how many tokens each prompt has."""
        if request.prompts:
            sizes = [len(p) // _CHARS_PER_TOKEN if isinstance(p, str) else len(p) for p in request.prompts]
        else:
            sizes = [(_num_chars(request.messages) + _num_chars(request.tools)) // _CHARS_PER_TOKEN]
        return [min(size, self._info.max_model_len) for size in sizes]

    async def _prepare(
        self, request: ChatRequest, deadline_s: float
    ) -> tuple[GrammarState | None, Sequence[Sequence[int]]]:
        """Compile what the answers must match, and encode the prompts."""
        try:
            async with asyncio.timeout_at(deadline_s):
                return await self._compile(self._form.grammar(request)), await self._encode(request)
        except TimeoutError:
            raise DeadlineExceededError("the request's time limit ran out while its prompt was read") from None

    async def _compile(self, grammar: Grammar | None) -> GrammarState | None:
        if grammar is None:
            return None
        try:
            return await self._parts.compile_grammar(grammar)
        except InvalidRequestError:
            if grammar.is_optional:
                return None
            raise

    async def _encode(self, request: ChatRequest) -> Sequence[Sequence[int]]:
        if request.prompts:
            return await self._encode_prompts(request.prompts)
        return [
            await self._prompts.encode_chat(
                request.messages, tools=request.tools, template_kwargs=request.template_kwargs
            )
        ]

    async def _encode_prompts(self, prompts: Sequence[str | Sequence[int]]) -> Sequence[Sequence[int]]:
        """The token ids of plain prompts; those that are ids stay as they are."""
        texts = [prompt for prompt in prompts if isinstance(prompt, str)]
        encoded = iter(await self._prompts.encode_prompts(texts) if texts else ())
        return [next(encoded) if isinstance(prompt, str) else prompt for prompt in prompts]


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
