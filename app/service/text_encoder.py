"""Texts to token ids and back, each where its size fits: on the loop, in a thread, in a process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from app.concurrency.placement import Placement, place
from app.concurrency.process_pool import SupervisedProcessPool
from app.errors import ConfigurationError, InvalidRequestError
from app.service import tokenizer_worker
from app.service.control_tokens import ControlTokens
from app.service.tokenizer_threads import TokenizerThreads
from app.service.tokenizer_worker import Pieces, encode_pieces

_CALL_CHARS = 16  # what one more text costs, however short, in characters of a long one
_CHARS_PER_TOKEN = 4
_UNPACK_INLINE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class PromptOptions:
    """Sizes of the tokenizer threads and processes. From each `*_min_chars` on, the next kind of place is taken."""

    num_threads: int = 2
    num_processes: int = 1
    thread_min_chars: int = 500
    process_min_chars: int = 300_000
    process_timeout_s: float = 60.0
    max_waiting_jobs: int = 256


class TextEncoder:
    """Encodes texts for one model. Text never becomes a control token.

    Call `start` before the first use and `close` after the last. All methods: on the event loop.
    Raises: ConfigurationError, if the tokenizer is not a fast one.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, options: PromptOptions | None = None) -> None:
        self._options = options or PromptOptions()
        if not getattr(tokenizer, "is_fast", False):
            raise ConfigurationError("this model has no fast tokenizer (tokenizer.json); it can't be served")
        tokenizer_json = tokenizer.backend_tokenizer.to_str()
        self.digest = hashlib.sha256(tokenizer_json.encode()).hexdigest()  # of the tokenizer, whatever it is named
        self._inline_tokenizer = tokenizer_worker.load_tokenizer(tokenizer_json)  # the event loop's own
        self._control_tokens = ControlTokens(self._inline_tokenizer)
        self._num_ids = 1 + max(self._inline_tokenizer.get_vocab().values())
        self._threads = TokenizerThreads(
            tokenizer_json, num_threads=self._options.num_threads, max_waiting=self._options.max_waiting_jobs
        )
        self._processes = SupervisedProcessPool(
            self._options.num_processes,
            timeout_s=self._options.process_timeout_s,
            max_pending=self._options.max_waiting_jobs,
            initializer=tokenizer_worker.init,
            initargs=(tokenizer_json,),
        )

    @property
    def tokenizer(self) -> Tokenizer:
        """The event loop's own tokenizer, for incremental detokenizing there. Never change its state."""
        return self._inline_tokenizer

    async def start(self) -> None:
        """Load the tokenizer in every thread and process, and wait until all are ready. Raises: WorkerLostError."""
        await self._threads.start()
        await self._processes.start()

    def use_thresholds(self, *, thread_min_chars: int, process_min_chars: int) -> None:
        """From now on, take the next kind of place from these sizes on."""
        self._options = replace(self._options, thread_min_chars=thread_min_chars, process_min_chars=process_min_chars)

    async def encode_texts(self, texts: Sequence[str]) -> list[list[int]]:
        """Encode texts as data, without special tokens around them.

        Raises: InvalidRequestError, QueueFullError, WorkTimedOutError, WorkerLostError, PoolClosedError.
        """
        return await self.encode_texts_at(self._place(text_size(texts, limit=self._options.process_min_chars)), texts)

    async def encode_texts_at(self, placement: Placement, texts: Sequence[str]) -> list[list[int]]:
        """As `encode_texts`, in this place, whatever fits."""
        match placement:
            case Placement.INLINE:
                return self._encode_texts(self._inline_tokenizer, texts)
            case Placement.THREAD:
                return await self._threads.run(self._encode_texts, texts)
            case Placement.PROCESS:
                return await self._encode_in_process(await self._threads.run(lambda _: self._split(texts)))

    async def decode(self, token_ids: Sequence[int]) -> str:
        """Return the text of token ids, control tokens written out. Raises: InvalidRequestError, for an unknown id."""
        placement = self._place(len(token_ids) * _CHARS_PER_TOKEN)
        if placement is Placement.INLINE:
            return self._decode(self._inline_tokenizer, token_ids)
        return await self._threads.run(self._decode, token_ids)

    async def close(self) -> None:
        """End the threads and processes. Idempotent."""
        self._threads.close()
        await self._processes.close()

    def _place(self, num_chars: int) -> Placement:
        return place(
            num_chars,
            thread_min_chars=self._options.thread_min_chars,
            process_min_chars=self._options.process_min_chars,
        )

    def _encode_texts(self, tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
        return encode_pieces(tokenizer, self._split(texts))

    def _split(self, texts: Sequence[str]) -> list[Pieces]:
        return [self._control_tokens.split(text) for text in texts]

    async def _encode_in_process(self, texts: Sequence[Pieces]) -> list[list[int]]:
        packed = await self._processes.run(tokenizer_worker.encode_packed, texts)
        if sum(map(len, packed)) <= _UNPACK_INLINE_BYTES:
            return [tokenizer_worker.unpack(ids) for ids in packed]
        return await self._threads.run(lambda _: [tokenizer_worker.unpack(ids) for ids in packed])

    def _decode(self, tokenizer: Tokenizer, token_ids: Sequence[int]) -> str:
        if token_ids and not 0 <= min(token_ids) <= max(token_ids) < self._num_ids:
            raise InvalidRequestError(f"token ids must be 0 to {self._num_ids - 1}", param="tokens")
        (text,) = tokenizer.decode_batch([list(token_ids)], skip_special_tokens=False)  # decode() holds the GIL
        return str(text)


def text_size(value: Any, *, limit: int) -> int:
    """The characters of JSON-like data, with something for each item; counting ends at `limit`."""
    size, left = 0, [value]
    while left and size < limit:
        item = left.pop()
        size += _CALL_CHARS
        if isinstance(item, str):
            size += len(item)
        elif isinstance(item, Mapping):
            left += item.keys()
            left += item.values()
        elif isinstance(item, Sequence):
            left += item
    return size


def frame_of(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Return the special tokens that a tokenizer puts before and after a text."""
    encoding = tokenizer("a", return_special_tokens_mask=True)
    mask: list[int] = encoding["special_tokens_mask"]
    ids: list[int] = encoding["input_ids"]
    first, end = mask.index(0), len(mask) - mask[::-1].index(0)
    return ids[:first], ids[end:]
