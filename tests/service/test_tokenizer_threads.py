"""app/service/tokenizer_threads.py"""

from __future__ import annotations

import asyncio
import threading

from tokenizers import Tokenizer

from app.service.tokenizer_threads import TokenizerThreads
from tests.tiny_tokenizer import byte_level_tokenizer


async def test_each_thread_has_a_tokenizer_of_its_own() -> None:
    threads = TokenizerThreads(byte_level_tokenizer().to_str(), num_threads=3, max_waiting=3)
    together = threading.Barrier(3)

    def meet(tokenizer: Tokenizer) -> tuple[int, Tokenizer]:
        together.wait(timeout=10)
        return threading.get_ident(), tokenizer

    async with asyncio.timeout(30):
        await threads.start()
        met = await asyncio.gather(*(threads.run(meet) for _ in range(3)))
        again = await asyncio.gather(*(threads.run(meet) for _ in range(3)))
    threads.close()
    assert len({id(tokenizer) for _, tokenizer in met}) == 3
    assert dict(met) == dict(again)


async def test_arguments_follow_the_tokenizer() -> None:
    threads = TokenizerThreads(byte_level_tokenizer().to_str(), num_threads=1, max_waiting=1)

    def encode(tokenizer: Tokenizer, text: str) -> list[int]:
        return list(tokenizer.encode(text).ids)

    assert await threads.run(encode, "loop") == byte_level_tokenizer().encode("loop").ids
    threads.close()
