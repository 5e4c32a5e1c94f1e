"""One served model from start to close: everything below the HTTP edge, put together."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from dataclasses import dataclass
from typing import Any, Literal

from transformers import AutoTokenizer

from app.concurrency.host import available_memory_bytes, num_usable_cpus
from app.concurrency.lanes import use_lane
from app.engine.factory import EngineOptions, build_engine
from app.engine.loading import check_source
from app.engine.protocol import Engine
from app.errors import DrainingError, ModelLoadError
from app.observability.metrics import Metrics
from app.service.admission import Admission
from app.service.chat import ChatLimits, ChatService
from app.service.detokenizer import IncrementalDetokenizer
from app.service.engine_runner import EngineRunner
from app.service.prompt import PromptEncoder, PromptOptions
from app.service.requests import Readiness, ServedModel

logger = logging.getLogger(__name__)

_LANE = "engine"


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """The settings that a service needs, under their names in Settings."""

    model: str
    served_model_name: str
    device: str
    dtype: str
    weights: Literal["auto", "int8"]
    engine: Literal["auto", "batched", "per-request"]
    max_num_seqs: int
    max_num_batched_tokens: int
    max_model_len: int | None
    kv_cache_max_tokens: int | None
    num_engine_threads: int | None
    engine_stall_s: float
    max_accepted_requests: int
    max_accepted_tokens: int
    request_timeout_s: float
    default_max_tokens: int
    num_tokenizer_threads: int
    num_tokenizer_processes: int
    tokenize_thread_min_chars: int
    tokenize_process_min_chars: int
    tokenize_timeout_s: float


def build_service(options: ServiceOptions, metrics: Metrics) -> Service:
    """Make a service that has not started; nothing is read or loaded yet."""
    return Service(options, metrics)


class Service:
    """The model, the tokenizer and everything around them. Thread: the event loop's.

    `model`, `chat` and `prompts` exist once `start` has returned.
    """

    model: ServedModel
    chat: ChatService
    prompts: PromptEncoder

    def __init__(self, options: ServiceOptions, metrics: Metrics) -> None:
        self._options = options
        self._metrics = metrics
        self._admission = Admission(max_requests=options.max_accepted_requests, max_tokens=options.max_accepted_tokens)
        self._runner: EngineRunner | None = None
        self._has_prompts = False

    async def start(self) -> None:
        """Load the model, warm every pool, and start the engine. Raises: ConfigurationError, ModelLoadError.

        The model is loaded on the engine's own thread: torch's thread team belongs to the thread that first used it.
        """
        started_s = time.monotonic()
        # A thread that encodes a few texts must not take every core beside torch; large jobs have their processes.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        check_source(self._options.model)
        with use_lane(_LANE):
            engine_task = asyncio.create_task(asyncio.to_thread(build_engine, self._engine_options()))
        try:
            tokenizer = await asyncio.to_thread(_load_tokenizer, self._options.model)
            self.prompts = PromptEncoder(tokenizer, self._prompt_options())
            self._has_prompts = True
            await self.prompts.start()
            IncrementalDetokenizer(self.prompts.tokenizer)  # makes the table of the vocabulary once, not in a request
        finally:
            await asyncio.wait([engine_task])  # a thread can't be cancelled; never leave it behind
        self._assemble(engine_task.result())
        logger.info("%s is ready after %.1f s", self.model.name, time.monotonic() - started_s)

    def readiness(self) -> Readiness:
        """Whether to send traffic here: started, not draining, the engine alive and making progress."""
        if self._runner is None:
            return Readiness(False, "starting")
        if self._admission.is_closed:
            return Readiness(False, "draining")
        if self._runner.death is not None:
            return Readiness(False, str(self._runner.death))
        if self._runner.seconds_in_step() > self._options.engine_stall_s:
            return Readiness(False, f"the engine has not finished a step for {self._options.engine_stall_s:g} s")
        return Readiness(True)

    def begin_drain(self) -> None:
        """Accept nothing more; what is accepted goes on. Idempotent."""
        self._admission.close()

    async def drain(self, timeout_s: float) -> None:
        """Wait until all that is accepted has ended; after timeout_s seconds end the rest with a DrainingError."""
        self.begin_drain()
        try:
            async with asyncio.timeout(timeout_s):
                await self._admission.wait_idle()
        except TimeoutError:
            self.chat.fail_all(DrainingError("this server shut down before the answer was whole"))

    async def close(self) -> None:
        """End everything that start began. Idempotent."""
        self.begin_drain()
        if self._runner is not None:
            await self._runner.close()
        if self._has_prompts:
            await self.prompts.close()

    def _assemble(self, engine: Engine) -> None:
        info = engine.info
        self._runner = EngineRunner(engine, self._metrics, lane=_LANE)
        self.model = ServedModel(self._options.served_model_name, int(time.time()), info.max_model_len, info.kind)
        self.chat = ChatService(
            runner=self._runner,
            info=info,
            prompts=self.prompts,
            new_decoder=lambda: IncrementalDetokenizer(self.prompts.tokenizer),
            admission=self._admission,
            metrics=self._metrics,
            limits=ChatLimits(self._options.request_timeout_s, self._options.default_max_tokens),
        )
        self._runner.start()
        logger.info(
            "%s engine, %s on %s, %d sequences of %d tokens",
            info.kind, info.dtype, info.device, info.max_num_seqs, info.max_model_len,
        )  # fmt: skip

    def _engine_options(self) -> EngineOptions:
        options = self._options
        return EngineOptions(
            model=options.model,
            device=options.device,
            dtype=options.dtype,
            weights=options.weights,
            kind=options.engine,
            max_num_seqs=options.max_num_seqs,
            max_num_batched_tokens=options.max_num_batched_tokens,
            max_model_len=options.max_model_len,
            kv_cache_max_tokens=options.kv_cache_max_tokens,
            num_threads=options.num_engine_threads or num_usable_cpus(),
            available_memory_bytes=available_memory_bytes(),
        )

    def _prompt_options(self) -> PromptOptions:
        options = self._options
        return PromptOptions(
            num_threads=options.num_tokenizer_threads,
            num_processes=options.num_tokenizer_processes,
            thread_min_chars=options.tokenize_thread_min_chars,
            process_min_chars=options.tokenize_process_min_chars,
            process_timeout_s=options.tokenize_timeout_s,
        )


def _load_tokenizer(model: str) -> Any:
    """Thread: a shared one. Raises: ModelLoadError."""
    try:
        return AutoTokenizer.from_pretrained(model, trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError) as error:
        message = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
        raise ModelLoadError(f"the tokenizer of '{model}' can't be loaded: {message}") from error
