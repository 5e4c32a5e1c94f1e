"""One served model from start to close: everything below the HTTP edge, put together."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any

from transformers import AutoTokenizer

from app import __version__
from app.concurrency.placement_plan import PlacementPlan
from app.engine.factory import EngineOptions, build_engine
from app.engine.loading import check_source
from app.engine.protocol import Engine, EngineInfo
from app.errors import DrainingError, ModelLoadError, UnblockedError
from app.observability.metrics import Metrics
from app.service.admission import Admission
from app.service.answer_form import AnswerForm
from app.service.answering import StreamParts
from app.service.chat import ChatLimits, ChatService
from app.service.counted_prompts import CountedPrompts
from app.service.detokenizer import IncrementalDetokenizer, TokenTexts
from app.service.embeddings import EmbeddingService
from app.service.engine_supervisor import EngineSupervisor
from app.service.grammar import GrammarCompiler
from app.service.placing import place_tokenizing
from app.service.prompt import PromptEncoder
from app.service.rates import ServiceRates
from app.service.requests import Readiness, ServedModel
from app.service.service_options import ServiceOptions
from app.service.stop_strings import StopStringScanner
from app.service.wrapping import Wrapping

logger = logging.getLogger(__name__)


def build_service(options: ServiceOptions, metrics: Metrics) -> Service:
    """Make a service that has not started; nothing is read or loaded yet."""
    if not options.faults:
        return Service(options, metrics)
    from app.service.faults import FaultInjection, FaultPlan

    logger.critical("FAULTS ARE INJECTED ON PURPOSE: each stage of a request fails with a chance of %g", options.faults)
    plan = FaultPlan(options.faults, on_fault=metrics.fault_counter())
    return Service(options, metrics, wrapping=FaultInjection(plan))


class Service:
    """The model, the tokenizer and everything around them. Thread: the event loop's.

    `model`, `chat`, `prompts`, `info` and `placement_plan` exist once `start` has returned.
    """

    info: EngineInfo
    placement_plan: PlacementPlan
    model: ServedModel
    chat: ChatService
    prompts: CountedPrompts

    def __init__(
        self,
        options: ServiceOptions,
        metrics: Metrics,
        *,
        build: Callable[[EngineOptions], Engine] = build_engine,
        wrapping: Wrapping | None = None,
    ) -> None:
        """`build` makes the engine, on the thread that will run it. `wrapping` may stand before the parts."""
        self._options = options
        self._wrapping = wrapping or Wrapping()
        self._metrics = metrics
        self._rates = ServiceRates(max_num_seqs=options.max_num_seqs)
        self._admission = Admission(
            max_requests=options.max_accepted_requests,
            max_tokens=options.max_accepted_tokens,
            num_slots=options.max_num_seqs,
            rates=self._rates,
        )
        self._engine = EngineSupervisor(
            lambda: self._wrapping.engine(build(self._options.for_engine())),
            metrics,
            rates=self._rates,
            stall_s=options.engine_stall_s,
            failure=options.engine_failure,
        )
        # Tokenizing by itself: no chat's place is taken, and no drain forgets it.
        self._token_calls = Admission(max_requests=options.max_accepted_requests, max_tokens=1)
        second = options.for_embeddings()
        self.embeddings = None if second is None else EmbeddingService(second, metrics, load_tokenizer=_load_tokenizer)
        self._encoder: PromptEncoder | None = None
        self._grammars: GrammarCompiler | None = None
        self._is_started = False

    async def start(self) -> None:
        """Load the model, warm every pool, and start the engine. Raises: ConfigurationError, ModelLoadError.

        The model is loaded on the engine's own thread: torch's thread team belongs to the thread that first used it.
        Cancel: what was started is left to `close`; a model that is being loaded keeps its thread until it is.
        """
        # A thread that encodes a few texts must not take every core beside torch; large jobs have their processes.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        check_source(self._options.model)
        engine_task = asyncio.create_task(self._engine.start())
        try:
            tokenizer = await asyncio.to_thread(_load_tokenizer, self._options.model)
            self._encoder = encoder = PromptEncoder(tokenizer, self._options.for_prompts())
            await encoder.start()
            IncrementalDetokenizer(encoder.tokenizer)  # makes the table of the vocabulary once, not in a request
            self.info = info = await asyncio.shield(engine_task)
            # Now, because beside a model that is being loaded everything looks slow.
            self.placement_plan = await place_tokenizing(encoder, self._options.for_placing())
        except UnblockedError:
            await asyncio.wait([engine_task])  # a thread can't be cancelled; don't leave it behind for an error
            raise
        except BaseException:
            engine_task.cancel()
            raise
        self._assemble(info, encoder)
        if self.embeddings is not None:
            await self.embeddings.start()
        self._is_started = True

    def readiness(self) -> Readiness:
        """Whether to send traffic here: started, not draining, the engine alive and making progress."""
        if not self._is_started:
            return Readiness(False, "starting")
        if self._admission.is_closed:
            return Readiness(False, "draining")
        try:
            self._engine.check()
            if self.embeddings is not None:
                self.embeddings.check()
        except UnblockedError as error:
            return Readiness(False, str(error))
        return Readiness(True)

    async def wait_failed(self) -> None:
        """Wait until nothing can be served any more, and the process had better end."""
        waits = [asyncio.ensure_future(self._engine.wait_failed())]
        if self.embeddings is not None:
            waits.append(asyncio.ensure_future(self.embeddings.wait_failed()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def begin_drain(self) -> None:
        """Accept nothing more; what is accepted goes on. Idempotent."""
        self._admission.close()
        self._token_calls.close()
        if self.embeddings is not None:
            self.embeddings.begin_drain()

    async def drain(self, timeout_s: float) -> None:
        """Wait until all that is accepted has ended; after timeout_s seconds end the rest with a DrainingError."""
        self.begin_drain()
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.gather(self._admission.wait_idle(), self._token_calls.wait_idle())
                if self.embeddings is not None:
                    await self.embeddings.wait_idle()
        except TimeoutError:
            late = DrainingError("this server shut down before the answer was whole")
            self.chat.fail_all(late)
            if self.embeddings is not None:
                self.embeddings.fail_all(late)

    async def close(self) -> None:
        """End everything that start began; a thread that is stuck is left behind. Idempotent."""
        self.begin_drain()
        if self.embeddings is not None:
            await self.embeddings.close()
        await self._engine.close()
        if self._encoder is not None:
            await self._encoder.close()
        if self._grammars is not None:
            self._grammars.close()

    def _assemble(self, info: EngineInfo, encoder: PromptEncoder) -> None:
        self.model = ServedModel(
            name=self._options.served_model_name,
            created_s=int(time.time()),
            max_model_len=info.max_model_len,
            engine_kind=info.kind,
            fingerprint=fingerprint(self._options.model, info, weights=self._options.weights),
        )
        self.prompts = CountedPrompts(encoder, self._token_calls)
        form = AnswerForm.of_template(encoder.template_source)
        kept = frozenset({form.tools.begin.strip()}) if form.tools else frozenset[str]()
        new_detokenizer = partial(IncrementalDetokenizer, encoder.tokenizer, kept=kept)
        self._grammars = GrammarCompiler(
            encoder.tokenizer, vocab_size=info.vocab_size, eos_token_ids=info.eos_token_ids
        )
        self.chat = ChatService(
            engine=self._engine,
            info=info,
            prompts=self._wrapping.encoder(encoder),
            parts=StreamParts(
                new_decoder=lambda: self._wrapping.decoder(new_detokenizer()),
                new_scanner=lambda stops: self._wrapping.scanner(StopStringScanner(stops)),
                bytes_of_token=TokenTexts(encoder.tokenizer).bytes_of,
                form=form,
                compile_grammar=self._grammars.compile,
            ),
            admission=self._wrapping.admission(self._admission),
            rates=self._rates,
            metrics=self._metrics,
            limits=ChatLimits(self._options.request_timeout_s, self._options.default_max_tokens),
        )
        logger.info(
            "%s engine, %s on %s, %d sequences of %d tokens",
            info.kind, info.dtype, info.device, info.max_num_seqs, info.max_model_len,
        )  # fmt: skip


def fingerprint(model: str, info: EngineInfo, *, weights: str) -> str:
    """Return what changes when the same seed may give another answer: model, arithmetic, device, software."""
    parts = (model, info.kind, info.device, info.dtype, weights, __version__, version("torch"), version("transformers"))
    return f"fp_{hashlib.sha256(repr(parts).encode()).hexdigest()[:12]}"


def _load_tokenizer(model: str) -> Any:
    """Thread: a shared one. Raises: ModelLoadError."""
    try:
        return AutoTokenizer.from_pretrained(model, trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError) as error:
        message = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
        raise ModelLoadError(f"the tokenizer of '{model}' can't be loaded: {message}") from error
