"""The textbook engine: one `generate()` call a request, in a bounded thread pool, behind the same protocol.

Kept because it is the honest baseline, and because it serves the models that the batched engine can't take.
"""

from __future__ import annotations

import logging
import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import torch
from transformers import GenerationConfig
from transformers.generation.logits_process import LogitsProcessor, LogitsProcessorList
from transformers.generation.stopping_criteria import StoppingCriteria, StoppingCriteriaList
from transformers.generation.streamers import BaseStreamer

from app.engine.llm_engine import check_request, failure_of
from app.engine.logprobs import token_logprobs
from app.engine.protocol import (
    EngineInfo,
    EngineRequest,
    EngineStats,
    FinishReason,
    SequenceOutput,
    StepOutput,
    TokenLogprobs,
)
from app.engine.sampler import sample
from app.engine.sequence import Sequence
from app.errors import InvalidRequestError, SequenceFailedError

logger = logging.getLogger(__name__)


class PerRequestEngine:
    """Runs each request's `generate()` in its own thread. Implements app.engine.protocol.Engine.

    `step` waits for the next tokens of any request. Threads: the owner calls add, abort and step; num_threads workers
    run the model, and talk to the owner through one queue.
    """

    def __init__(self, model: Any, info: EngineInfo, *, num_threads: int) -> None:
        # generate() takes what is left open from the model's own generation config: penalties, an end token in spite
        # of ignore_eos. Here the request alone decides, and `info` has the end tokens already.
        model.generation_config = GenerationConfig()
        self._model = model
        self._info = info
        self._pool = ThreadPoolExecutor(num_threads, thread_name_prefix="generate")
        self._tasks: dict[str, _Generation] = {}
        self._outputs: _Outputs = queue.SimpleQueue()

    @property
    def info(self) -> EngineInfo:
        return self._info

    def add(self, request: EngineRequest) -> None:
        """Queue a request. Raises: InvalidRequestError, for an empty or too long prompt, unknown ids, a used id."""
        check_request(request, self._info)
        if request.request_id in self._tasks:
            raise InvalidRequestError("a request with this id is running", param="request_id")
        generation = _Generation(Sequence(request, arrival=0), self._info, self._outputs)
        self._tasks[request.request_id] = generation
        generation.future = self._pool.submit(generation.run, self._model)

    def abort(self, request_id: str) -> None:
        """Drop a request; its thread stops after the token that it is computing."""
        generation = self._tasks.pop(request_id, None)
        if generation is not None:
            generation.is_aborted.set()
            generation.future.cancel()

    def has_work(self) -> bool:
        return bool(self._tasks)

    def step(self) -> StepOutput:
        """Wait until some request has news, and return all there is. Thread: the engine thread."""
        posted = [self._outputs.get()] if self._tasks else []
        while not self._outputs.empty():
            posted.append(self._outputs.get())
        # An aborted generation may still post; a new request may have its id by then.
        current = tuple(output for owner, output in posted if self._tasks.get(output.request_id) is owner)
        for output in current:
            if output.finish_reason is not None:
                del self._tasks[output.request_id]
        return StepOutput(current, 0, sum(len(output.new_token_ids) for output in current), self.stats())

    def stats(self) -> EngineStats:
        num_running = sum(1 for task in self._tasks.values() if task.future.running())
        return EngineStats(num_waiting=len(self._tasks) - num_running, num_running=num_running)

    def close(self) -> None:
        for request_id in list(self._tasks):
            self.abort(request_id)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __repr__(self) -> str:
        return f"<PerRequestEngine {len(self._tasks)} requests>"


class _Generation:
    """One request and its three hooks into `generate()`: they choose its tokens, stream them, and stop it."""

    future: Future[None]

    def __init__(self, sequence: Sequence, info: EngineInfo, outputs: _Outputs) -> None:
        self.sequence = sequence
        self.info = info
        self.is_aborted = threading.Event()
        self.logprobs: list[TokenLogprobs] = []  # of tokens that are drawn and not posted yet
        self._outputs = outputs
        self._num_posted = 0
        self._is_over = False

    @torch.inference_mode()
    def run(self, model: Any) -> None:
        """Generate to the end and post every token and the outcome. Thread: a worker of the pool."""
        request_id = self.sequence.request.request_id
        try:
            prompt = torch.tensor([self.sequence.token_ids], device=model.device)
            if self.sequence.is_prompt_scored:
                self._score(model, prompt)
            self._generate(model, prompt)
            if not self._is_over:  # aborted, or stopped by a limit of generate()'s own
                self._put(SequenceOutput(request_id, finish_reason="length"))
        except Exception as error:  # the engine's own last line: the thread must never end in silence
            logger.exception("a generation failed")
            self._put(SequenceOutput(request_id, finish_reason="error", error=failure_of(error)))

    def post(self, token_ids: list[int]) -> None:
        """Hand new tokens to whoever is in `step`; the last one goes with the finish reason."""
        self._num_posted += len(token_ids)
        is_newest = self._num_posted == self.sequence.num_output_tokens
        reason = self.finish_reason() if is_newest else None
        self._is_over = reason is not None
        logprobs, self.logprobs = self.logprobs[: len(token_ids)], self.logprobs[len(token_ids) :]
        scores, self.sequence.prompt_logprobs = self.sequence.prompt_logprobs, []  # go with the first token
        self._put(
            SequenceOutput(
                self.sequence.request.request_id,
                tuple(token_ids),
                reason,
                logprobs=tuple(logprobs),
                prompt_logprobs=tuple(scores),
            )
        )

    def finish_reason(self) -> FinishReason | None:
        """Why the newest token is the last, or None; nothing is the last before something was generated."""
        if self.sequence.num_output_tokens == 0:
            return None
        return self.sequence.finish_reason(eos_token_ids=self.info.eos_token_ids, max_model_len=self.info.max_model_len)

    def _put(self, output: SequenceOutput) -> None:
        self._outputs.put((self, output))

    def _score(self, model: Any, prompt: torch.Tensor) -> None:
        """Note the log-probabilities of the prompt's tokens, by a forward pass of its own."""
        logits = model(input_ids=prompt, use_cache=False).logits[0, :-1].float()
        num_top = self.sequence.request.params.num_prompt_logprobs or 0
        self.sequence.prompt_logprobs = token_logprobs(logits, self.sequence.token_ids[1:], num_top=num_top)

    def _generate(self, model: Any, prompt: torch.Tensor) -> None:
        model.generate(
            input_ids=prompt,
            attention_mask=torch.ones_like(prompt),
            generation_config=GenerationConfig(
                do_sample=False,
                max_new_tokens=self.sequence.request.params.max_tokens,
                eos_token_id=None,
                pad_token_id=0,
            ),
            streamer=_Streamer(self),
            logits_processor=LogitsProcessorList([_Chooser(self)]),
            stopping_criteria=StoppingCriteriaList([_Stopper(self)]),
        )


_Outputs = queue.SimpleQueue[tuple[_Generation, SequenceOutput]]


class _Chooser(LogitsProcessor):  # type: ignore[misc]  # transformers is untyped
    """Chooses with our own sampler and leaves generate() one possible token, so both engines sample alike."""

    def __init__(self, generation: _Generation) -> None:
        self._generation = generation

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        sequence = self._generation.sequence
        chosen = sample(scores.to(torch.float32, copy=True), [sequence])
        if not chosen.is_valid[0]:
            raise SequenceFailedError("the model's logits are not finite")
        sequence.append(chosen.token_ids[0])
        self._generation.logprobs += chosen.logprobs.values()
        return torch.full_like(scores, float("-inf")).index_fill_(
            1, torch.tensor(chosen.token_ids, device=scores.device), 0.0
        )


class _Streamer(BaseStreamer):  # type: ignore[misc]
    """Posts tokens as generate() makes them; the first thing it is given is the prompt."""

    def __init__(self, generation: _Generation) -> None:
        self._generation = generation
        self._is_prompt = True

    def put(self, value: torch.Tensor) -> None:
        if not self._is_prompt:
            self._generation.post(value.reshape(-1).tolist())
        self._is_prompt = False

    def end(self) -> None:
        """generate() is done; `run` posts the outcome."""


class _Stopper(StoppingCriteria):  # type: ignore[misc]
    """Stops after the last token, and after an abort."""

    def __init__(self, generation: _Generation) -> None:
        self._generation = generation

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        is_over = self._generation.is_aborted.is_set() or self._generation.finish_reason() is not None
        return torch.full((input_ids.shape[0],), is_over, dtype=torch.bool, device=input_ids.device)
