"""Threads that encode normal prompts, each with a tokenizer of its own, away from the inference thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from tokenizers import Tokenizer

from app.concurrency.bounded_threads import BoundedThreads
from app.service.tokenizer_worker import load_tokenizer

P = ParamSpec("P")
T = TypeVar("T")


class TokenizerThreads:
    """Runs functions that take a tokenizer, in a small pool of threads. No tokenizer is ever shared between threads.

    (One shared by threads gave wrong results in 6 % of calls, when they set truncation or padding on it.)
    """

    def __init__(self, tokenizer_json: str, *, num_threads: int, max_waiting: int) -> None:
        self._tokenizer_json = tokenizer_json
        self._own = threading.local()
        self._threads = BoundedThreads(
            "tokenizer", max_workers=num_threads, max_waiting=max_waiting, thread_init=self._load
        )

    async def start(self) -> None:
        """Load every thread's tokenizer."""
        await self._threads.warm()

    async def run(self, fn: Callable[Concatenate[Tokenizer, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `fn(tokenizer, *args)` in one of the threads. Cancel and errors: as BoundedThreads.run."""
        return await self._threads.run(lambda: fn(self._own.tokenizer, *args, **kwargs))

    def close(self) -> None:
        """Take no more work; what was accepted still ends. Idempotent, returns at once."""
        self._threads.close()

    def _load(self) -> None:
        self._own.tokenizer = load_tokenizer(self._tokenizer_json)
