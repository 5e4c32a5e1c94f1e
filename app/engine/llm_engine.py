"""The batched engine: scheduler, cache, runner and sampler put together. One step, one forward pass."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from app.engine.constraint import MaskWorker
from app.engine.logprobs import token_logprobs
from app.engine.model_runner import ModelRunner
from app.engine.protocol import (
    EngineInfo,
    EngineRequest,
    EngineStats,
    SequenceOutput,
    StepOutput,
    TokenLogprobs,
)
from app.engine.sampler import sample
from app.engine.scheduler import ScheduledBatch, ScheduledSequence, Scheduler
from app.engine.sequence import Sequence
from app.errors import EngineError, InvalidRequestError, PromptTooLongError, SequenceFailedError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Step:
    """What is known after the forward pass: the sampled sequences' tokens, and those that failed."""

    tokens: tuple[tuple[Sequence, int, TokenLogprobs | None], ...] = ()
    failed: tuple[tuple[Sequence, EngineError], ...] = ()

    def __add__(self, other: _Step) -> _Step:
        return _Step(self.tokens + other.tokens, self.failed + other.failed)


class LLMEngine:
    """Continuous batching over a model runner. Implements app.engine.protocol.Engine.

    Thread: not safe; the owner (see EngineRunner) makes sure that one thread at a time is inside.
    """

    def __init__(
        self,
        runner: ModelRunner,
        scheduler: Scheduler,
        info: EngineInfo,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.runner = runner
        self._clock = clock
        self.scheduler = scheduler
        self._info = info
        self._sequences: dict[str, Sequence] = {}
        self._num_arrived = 0
        self._masks = MaskWorker()

    @property
    def info(self) -> EngineInfo:
        return self._info

    def add(self, request: EngineRequest) -> None:
        """Queue a request. Raises: InvalidRequestError, for an empty or too long prompt, unknown ids, a used id."""
        check_request(request, self._info)
        if request.request_id in self._sequences:
            raise InvalidRequestError("a request with this id is running", param="request_id")
        self._num_arrived += 1
        sequence = Sequence(request, arrival=self._num_arrived)
        self._sequences[request.request_id] = sequence
        self.scheduler.add(sequence)

    def abort(self, request_id: str) -> None:
        """Drop a request; its slot is free before the next step. What it computed stays reusable as a prefix."""
        sequence = self._sequences.pop(request_id, None)
        if sequence is not None:
            self.scheduler.finish(sequence, is_kept=True)

    def has_work(self) -> bool:
        return self.scheduler.has_work()

    def step(self) -> StepOutput:
        """Run one scheduled batch. A sequence that makes it fail ends alone; the others get their tokens.

        Thread: the engine thread.
        """
        started_s = self._clock()
        batch = self.scheduler.schedule()
        if not batch.sequences:
            return StepOutput(stats=self.stats())
        self.runner.copy_prefixes(batch)
        result = self._run(batch)
        for item in batch.sequences:
            item.sequence.num_computed = item.start + item.num_tokens
        outputs = [self._advance(*sampled) for sampled in result.tokens]
        outputs += [self._fail(sequence, error) for sequence, error in result.failed]
        num_decodes = batch.num_decodes
        self.scheduler.observe(batch, self._clock() - started_s)
        return StepOutput(tuple(outputs), batch.num_tokens - num_decodes, num_decodes, self.stats())

    def stats(self) -> EngineStats:
        cache = self.scheduler.cache
        return EngineStats(
            num_waiting=len(self.scheduler.waiting),
            num_running=len(self.scheduler.running),
            num_cached_tokens=cache.num_used_tokens,
            max_cached_tokens=cache.max_tokens,
            num_preemptions=self.scheduler.num_preemptions,
        )

    def close(self) -> None:
        for request_id in list(self._sequences):
            self.abort(request_id)
        self._masks.close()

    def _run(self, batch: ScheduledBatch) -> _Step:
        """Forward and sample; on an exception, halve the batch until the sequences at fault stand alone."""
        try:
            return self._run_together(batch)
        except Exception as error:  # the engine's own last line: one bad sequence must not end its neighbours
            if len(batch.sequences) == 1:
                logger.exception("a sequence failed in the model")
                failure = failure_of(error)
                return _Step(failed=((batch.sequences[0].sequence, failure),))
            middle = len(batch.sequences) // 2
            return self._run(ScheduledBatch(batch.sequences[:middle])) + self._run(
                ScheduledBatch(batch.sequences[middle:])
            )

    def _run_together(self, batch: ScheduledBatch) -> _Step:
        sampled = [item for item in batch.sequences if item.is_sampled]
        sequences = [item.sequence for item in sampled]
        masks = self._masks.start(sequences)  # computed while the model runs
        logits = self._score_prompts(self.runner.forward(batch), batch)
        if not sampled:
            self.runner.wait()  # as sampling would: or reading seems to take no time, and its faults come later
            return _Step()
        chosen = sample(logits, sequences, masks.result())
        step = _Step()
        for row, item in enumerate(sampled):
            if chosen.is_valid[row]:
                step += _Step(tokens=((item.sequence, chosen.token_ids[row], chosen.logprobs.get(row)),))
            else:
                step += self._doubt(item, batch)
        return step

    def _score_prompts(self, logits: torch.Tensor, batch: ScheduledBatch) -> torch.Tensor:
        """Note the log-probabilities of prompt tokens, and return the logits of the sampled sequences alone."""
        if not any(item.num_scored for item in batch.sequences):
            return logits
        row = 0
        sampled_rows = []
        for item in batch.sequences:
            scores = item.sequence.prompt_logprobs
            del scores[item.start :]  # a step may be repeated, and a preempted sequence begins again
            first = item.start + 1
            targets = item.sequence.token_ids[first : first + item.num_scored]
            num_top = item.sequence.request.params.num_prompt_logprobs or 0
            scores += token_logprobs(logits[row : row + item.num_scored], targets, num_top=num_top)
            row += item.num_scored
            if item.is_sampled:
                sampled_rows.append(row)
                row += 1
        return logits[sampled_rows]

    def _doubt(self, item: ScheduledSequence, batch: ScheduledBatch) -> _Step:
        """What to make of logits that are not finite.

        Decodes of neighbouring slots read up to the longest one's end. What they see there has no weight, but NaN times
        no weight is NaN: perhaps only the slot's last owner was broken. So clean it and ask again, alone.
        """
        if len(batch.sequences) == 1:
            return _Step(failed=((item.sequence, SequenceFailedError("the model's logits are not finite")),))
        assert item.sequence.slot is not None
        self.runner.erase(item.sequence.slot, item.start + item.num_tokens)
        return self._run(ScheduledBatch((item,)))

    def _advance(self, sequence: Sequence, token_id: int, logprobs: TokenLogprobs | None) -> SequenceOutput:
        try:
            sequence.append(token_id)
        except SequenceFailedError as error:  # its constraint has reached a limit
            return self._fail(sequence, error)
        reason = sequence.finish_reason(eos_token_ids=self._info.eos_token_ids, max_model_len=self._info.max_model_len)
        is_first = sequence.num_output_tokens == 1  # a sequence that is kept loses its last token
        if reason is not None:
            self._retire(sequence, is_kept=True)
        return SequenceOutput(
            sequence.request.request_id,
            (token_id,),
            reason,
            sequence.num_cached_tokens,
            logprobs=(logprobs,) if logprobs else (),
            prompt_logprobs=tuple(sequence.prompt_logprobs) if is_first else (),
        )

    def _fail(self, sequence: Sequence, error: EngineError) -> SequenceOutput:
        assert sequence.slot is not None
        self.runner.erase(sequence.slot)
        self._retire(sequence, is_kept=False)
        return SequenceOutput(sequence.request.request_id, (), "error", sequence.num_cached_tokens, error)

    def _retire(self, sequence: Sequence, *, is_kept: bool) -> None:
        del self._sequences[sequence.request.request_id]
        self.scheduler.finish(sequence, is_kept=is_kept)

    def __repr__(self) -> str:
        return f"<LLMEngine {self.scheduler!r}>"


def failure_of(error: Exception) -> SequenceFailedError:
    """What a client is told of a failure: a model's own words may hold others' text."""
    if isinstance(error, SequenceFailedError):
        return error
    return SequenceFailedError(f"the model failed on this request ({type(error).__name__})")


def check_request(request: EngineRequest, info: EngineInfo) -> None:
    """Refuse what an engine with this info can't serve. Raises: InvalidRequestError, PromptTooLongError."""
    num_tokens = len(request.prompt_token_ids)
    if num_tokens == 0:
        raise InvalidRequestError("the prompt is empty", param="messages")
    if num_tokens >= info.max_model_len:
        raise PromptTooLongError(num_tokens=num_tokens, max_tokens=info.max_model_len)
    if not 0 <= min(request.prompt_token_ids) <= max(request.prompt_token_ids) < info.vocab_size:
        raise InvalidRequestError(
            f"the prompt holds token ids outside 0 to {info.vocab_size - 1}; tokenizer and model do not match",
            param="messages",
        )
    request.params.check_vocabulary(info.vocab_size)
