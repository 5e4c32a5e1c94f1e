"""From encoded prompts to streams of text: each answer becomes a sequence of the engine, with its stream around it."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from app.engine.llm_engine import check_request
from app.engine.protocol import EngineInfo, EngineRequest
from app.engine.sampling_params import MAX_SEED
from app.errors import EngineDeadError, EngineRestartingError, PromptTooLongError
from app.observability.metrics import Metrics
from app.service.admission import Permit
from app.service.answer_form import AnswerForm
from app.service.chat_parts import EngineLike
from app.service.choices import ChoicesStream
from app.service.engine_queue import StartBy
from app.service.grammar import GrammarState
from app.service.rates import ServiceRates
from app.service.requests import ChatRequest, Grammar
from app.service.stage_clock import StageClock
from app.service.text_stream import StopScanner, TextDecoder, TextStream
from app.service.token_scores import TokenScores


@dataclass(frozen=True, slots=True)
class StreamParts:
    """What makes the parts of one answer's stream."""

    new_decoder: Callable[[], TextDecoder]
    new_scanner: Callable[[Sequence[str]], StopScanner]
    bytes_of_token: Callable[[int], bytes]
    form: AnswerForm
    compile_grammar: Callable[[Grammar], Awaitable[GrammarState]]


class Answering:
    """Hands requests to the engine and keeps their open streams. Thread: the event loop's."""

    def __init__(
        self, engine: EngineLike, info: EngineInfo, *, parts: StreamParts, rates: ServiceRates, metrics: Metrics
    ) -> None:
        self._engine = engine
        self._info = info
        self._parts = parts
        self._rates = rates
        self._metrics = metrics
        self._engine_ids = itertools.count(1)  # our own: clients may send one request id twice
        self.open_streams: set[TextStream] = set()

    def begin(
        self,
        request: ChatRequest,
        prompts: Sequence[Sequence[int]],
        *,
        permits: Sequence[Permit],
        grammar: GrammarState | None,
        max_tokens: int,
        deadline_s: float,
        has_line: bool,
    ) -> TextStream | ChoicesStream:
        """Start the answers to all prompts; each takes over its permit, and gives it back at its end.

        has_line: others wait before them; then none is begun so late that it could not end by the deadline.
        Raises, before anything is started: InvalidRequestError, EngineDeadError, EngineRestartingError. The permits
        are then still the caller's.
        """
        works = list(self._works(request, prompts, grammar=grammar, max_tokens=max_tokens))
        self._engine.check()  # from here on nothing awaits, so no submit is refused
        streams = [
            self._stream(request, work, permit=permit, index=index)
            for index, (work, permit) in enumerate(zip(works, permits, strict=True))
        ]
        jobs = [
            (stream, partial(self._engine.submit, work, stream, owner=request.owner, start_by=start_by))
            for work, stream in zip(works, streams, strict=True)
            for start_by in [self._start_by(work, deadline_s) if has_line else lambda: deadline_s]
        ]
        for first in range(0, len(jobs), request.num_choices):
            _submit_all(jobs[first : first + 1])
            # The prompt's other answers begin once it has been read: they find it in the cache.
            others = jobs[first + 1 : first + request.num_choices]
            streams[first].notify(on_first_token=partial(_go_on, request.stages, others))
        for stream in streams:
            self.open_streams.add(stream)
            stream.expire_at(deadline_s)
        return streams[0] if len(streams) == 1 else ChoicesStream(streams, num_choices=request.num_choices)

    def _works(
        self,
        request: ChatRequest,
        prompts: Sequence[Sequence[int]],
        *,
        grammar: GrammarState | None,
        max_tokens: int,
    ) -> Iterator[EngineRequest]:
        """The engine's requests, one for each answer. Raises: InvalidRequestError."""
        for prompt in prompts:
            room = self._info.max_model_len - len(prompt)
            if room < 1:
                raise PromptTooLongError(num_tokens=len(prompt), max_tokens=self._info.max_model_len)
            params = dataclasses.replace(request.params, max_tokens=min(max_tokens, room))
            for choice in range(request.num_choices):
                seed = params.seed if params.seed is None else (params.seed + choice) % MAX_SEED
                own = dataclasses.replace(params, seed=seed) if choice else params
                work = EngineRequest(
                    str(next(self._engine_ids)),
                    prompt,
                    own,
                    request.cache_scope,
                    constraint=grammar.copy() if grammar else None,
                )
                check_request(work, self._info)
                yield work

    def _start_by(self, work: EngineRequest, deadline_s: float) -> StartBy:
        """The latest start for an end in time, by the rates measured when its turn has come: the crowd is slower."""
        num_prompt, max_tokens = len(work.prompt_token_ids), work.params.max_tokens
        return lambda: deadline_s - self._rates.run_s(num_prompt_tokens=num_prompt, max_tokens=max_tokens)

    def _stream(self, request: ChatRequest, work: EngineRequest, *, permit: Permit, index: int) -> TextStream:
        params = work.params
        permit.settle(len(work.prompt_token_ids) + params.max_tokens)
        stream = TextStream(
            decoder=self._parts.new_decoder(),
            scanner=self._parts.new_scanner(request.stop),
            num_prompt_tokens=len(work.prompt_token_ids),
            metrics=self._metrics,
            abort_work=lambda: self._engine.abort(work.request_id),
            on_start=partial(_start, request.stages, permit),
            on_end=lambda: self._close(stream, permit, params.max_tokens, stages=request.stages),
            index=index,
            scores=self._scores(work),
        )
        return stream

    def _scores(self, work: EngineRequest) -> TokenScores | None:
        params = work.params
        if params.num_logprobs is None and params.num_prompt_logprobs is None:
            return None
        first = None if params.num_prompt_logprobs is None else work.prompt_token_ids[0]
        return TokenScores(self._parts.bytes_of_token, first_prompt_token_id=first)

    def _close(self, stream: TextStream, permit: Permit, max_tokens: int, *, stages: StageClock) -> None:
        stages.end("decode")
        self.open_streams.discard(stream)
        permit.release()
        usage = stream.usage
        if usage.num_completion_tokens:
            num_computed = usage.num_prompt_tokens - usage.num_cached_tokens + usage.num_completion_tokens
            self._rates.ended(num_reserved_tokens=permit.num_tokens, num_computed_tokens=num_computed)
        if stream.is_whole:
            self._rates.finished(num_output_tokens=usage.num_completion_tokens, max_tokens=max_tokens)


def _start(stages: StageClock, permit: Permit) -> None:
    stages.end("queue")
    permit.start()


def _go_on(stages: StageClock, others: Sequence[tuple[TextStream, Callable[[], None]]]) -> None:
    """A prompt's first token has come."""
    stages.end("prefill")
    _submit_all(others)


def _submit_all(jobs: Sequence[tuple[TextStream, Callable[[], None]]]) -> None:
    """Hand answers to the engine; if it is gone by now, they end with its error."""
    for stream, submit in jobs:
        try:
            submit()
        except (EngineDeadError, EngineRestartingError) as error:
            stream.fail(error)
