"""Serves a second model, which makes vectors of texts: admission, token ids, batches on a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.concurrency.lanes import use_lane
from app.engine.encoder import Encoder, EncoderInput, EncoderOptions, build_encoder
from app.engine.padded_batches import padded_batches
from app.errors import (
    DeadlineExceededError,
    EngineDeadError,
    EngineError,
    EngineStalledError,
    InvalidRequestError,
    RefusedError,
    UnblockedError,
)
from app.observability.metrics import Metrics
from app.service.admission import Admission
from app.service.embedding_queue import EmbeddingJob, EmbeddingQueue, Slot
from app.service.placing import PlacingOptions, place_tokenizing
from app.service.requests import EmbeddingRequest, Embeddings, ServedModel
from app.service.stall_limit import to_thread_within
from app.service.text_encoder import PromptOptions, TextEncoder, frame_of

logger = logging.getLogger(__name__)

LANE = "embedding"
_CHARS_PER_TOKEN = 4
# As many tokens are sorted by length at once as fill so many batches: more would waste less, and wait longer.
_BATCHES_SORTED = 4


@dataclass(frozen=True, slots=True)
class EmbeddingOptions:
    """max_batch_tokens: of one forward pass, padding counted. stall_s: how long a batch may take before it is given up,
    and the service with it. The other limits are a server's, once more.
    """

    encoder: EncoderOptions
    prompts: PromptOptions
    placing: PlacingOptions
    max_batch_tokens: int = 2048
    max_requests: int = 256
    max_tokens: int = 262_144
    timeout_s: float = 120.0
    stall_s: float = 60.0


class EmbeddingService:
    """Thread: the event loop's; the encoder runs on a lane of the default executor. `model` exists once started."""

    model: ServedModel

    def __init__(
        self,
        options: EmbeddingOptions,
        metrics: Metrics,
        *,
        load_tokenizer: Callable[[str], Any],
        build: Callable[[EncoderOptions], Encoder] = build_encoder,
    ) -> None:
        self._options = options
        self._metrics = metrics
        self._load_tokenizer = load_tokenizer
        self._build = build
        self._admission = Admission(max_requests=options.max_requests, max_tokens=options.max_tokens)
        self._queue = EmbeddingQueue()
        self._jobs: set[EmbeddingJob] = set()
        self._has_work = asyncio.Event()
        self._death: UnblockedError | None = None
        self._failed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._texts: TextEncoder | None = None

    async def start(self) -> None:
        """Load model and tokenizer, and begin. Raises: ConfigurationError, ModelLoadError."""
        name = self._options.encoder.model
        with use_lane(LANE):
            self._encoder = await asyncio.to_thread(self._build, self._options.encoder)
        tokenizer = await asyncio.to_thread(self._load_tokenizer, name)
        self._texts = TextEncoder(tokenizer, self._options.prompts)
        await self._texts.start()
        await place_tokenizing(self._texts, self._options.placing)
        self._before, self._after = frame_of(tokenizer)
        self.max_len = min(self._encoder.max_len, tokenizer.model_max_length)
        self.model = ServedModel(Path(name).name, int(time.time()), self.max_len, "embedding")
        self._task = asyncio.create_task(self._run(), name="embedding")

    async def embed(self, request: EmbeddingRequest) -> Embeddings:
        """Return one vector of each input.

        Cancel: what has not begun is dropped. Raises: QueueFullError, OverShareError, DrainingError, before any work;
        InvalidRequestError; DeadlineExceededError; EngineError.
        """
        started_s = time.monotonic()
        try:
            made = await self._embed(request)
        except BaseException as error:
            self._metrics.embedding_finished(_outcome(error))
            raise
        self._metrics.embedding_finished("done")
        self._metrics.embeddings_made(
            time.monotonic() - started_s, num_inputs=len(made.vectors), num_tokens=made.num_tokens
        )
        return made

    def check(self) -> None:
        """Raises: EngineStalledError, if no vector can be made any more."""
        if self._death is not None:
            raise self._death

    async def wait_failed(self) -> None:
        """Wait until no vector can be made any more."""
        await self._failed.wait()

    async def _embed(self, request: EmbeddingRequest) -> Embeddings:
        timeout_s = min(request.timeout_s or self._options.timeout_s, self._options.timeout_s)
        sizes = (len(i) // _CHARS_PER_TOKEN if isinstance(i, str) else len(i) for i in request.inputs)
        permit = self._admission.reserve(sum(sizes) + len(request.inputs), owner=request.owner)
        try:
            async with asyncio.timeout(timeout_s):
                inputs = await self._prepare(request)
                num_tokens = sum(len(one.token_ids) for one in inputs)
                permit.settle(num_tokens)
                return Embeddings(await self._wait_for(EmbeddingJob(inputs)), num_tokens)
        except TimeoutError:
            raise DeadlineExceededError("the request's time limit ran out before all its vectors were made") from None
        finally:
            permit.release()

    def begin_drain(self) -> None:
        """Accept nothing more. Idempotent."""
        self._admission.close()

    async def wait_idle(self) -> None:
        """Wait until nothing is accepted any more."""
        await self._admission.wait_idle()

    def fail_all(self, error: UnblockedError) -> None:
        """End every request with an error."""
        for job in self._jobs:
            job.fail(error)

    async def close(self) -> None:
        """End everything that start began; a batch that runs keeps its thread until it ends. Idempotent."""
        self.begin_drain()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self.fail_all(EngineDeadError("the embedding model was closed"))
        if self._texts is not None:
            await self._texts.close()

    async def _prepare(self, request: EmbeddingRequest) -> list[EncoderInput]:
        """The inputs' token ids, framed as the tokenizer frames a text; ids that were sent stay as they are."""
        if (request.dimensions or 0) > self._encoder.num_dimensions:
            raise InvalidRequestError(
                f"dimensions is {request.dimensions}; this model's vectors have {self._encoder.num_dimensions}",
                param="dimensions",
            )
        texts = [one for one in request.inputs if isinstance(one, str)]
        assert self._texts is not None
        encoded = iter(await self._texts.encode_texts(texts) if texts else ())
        inputs = [
            EncoderInput(
                [*self._before, *next(encoded), *self._after] if isinstance(one, str) else one, request.dimensions
            )
            for one in request.inputs
        ]
        for index, one in enumerate(inputs):
            self._check(one.token_ids, index)
        return inputs

    def _check(self, token_ids: Sequence[int], index: int) -> None:
        if len(token_ids) > self.max_len:
            raise InvalidRequestError(
                f"input[{index}] has {len(token_ids)} tokens; this model takes at most {self.max_len}",
                param="input",
                code="context_length_exceeded",
            )
        if max(token_ids) >= self._encoder.vocab_size:
            raise InvalidRequestError(f"token ids must be below {self._encoder.vocab_size}", param="input")

    async def _wait_for(self, job: EmbeddingJob) -> list[bytes]:
        self.check()
        self._jobs.add(job)
        self._queue.add(job)
        self._has_work.set()
        try:
            return await job.whole  # cancelled with its caller, which tells the queue that nobody waits any more
        finally:
            self._jobs.discard(job)

    async def _run(self) -> None:
        with use_lane(LANE):
            while self._death is None:
                if not len(self._queue):
                    self._has_work.clear()
                    await self._has_work.wait()
                slots = self._queue.take(_BATCHES_SORTED * self._options.max_batch_tokens)
                lengths = [len(job.inputs[index].token_ids) for job, index in slots]
                for batch in padded_batches(lengths, max_tokens=self._options.max_batch_tokens):
                    await self._run_batch([slots[i] for i in batch if not slots[i][0].whole.done()])

    async def _run_batch(self, batch: Sequence[Slot]) -> None:
        if not batch or self._death is not None:
            return
        started_s = time.monotonic()
        try:
            inputs = [job.inputs[index] for job, index in batch]
            vectors = await to_thread_within(self._options.stall_s, self._encoder.encode, inputs)
        except EngineStalledError:
            self._give_up()
            return
        except Exception as error:  # the loop's last line: wake those who wait, serve the others
            logger.exception("a batch of embeddings failed")
            for job, _ in batch:
                job.fail(EngineError(f"the embedding model failed ({type(error).__name__})"))
            return
        for (job, index), vector in zip(batch, vectors, strict=True):
            job.put(index, vector)
        self._metrics.embedding_batch(time.monotonic() - started_s)

    def _give_up(self) -> None:
        self._death = EngineStalledError(
            f"the embedding model has not finished a batch for {self._options.stall_s:g} s"
        )
        logger.critical("%s; it is given up", self._death)
        self.fail_all(self._death)
        self._failed.set()


def _outcome(error: BaseException) -> str:
    """How a request ended that got no vectors, in the words of the metrics."""
    kinds: tuple[tuple[type[BaseException], str], ...] = (
        (asyncio.CancelledError, "cancelled"),
        (DeadlineExceededError, "timeout"),
        (InvalidRequestError, "invalid"),
        (RefusedError, "refused"),
    )
    return next((outcome for kind, outcome in kinds if isinstance(error, kind)), "error")
