"""A real socket server whose delays are known, on a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.load.storm.fake_server import DEADLINE_S, DONE, Asked, FakeServer, event, stream


@dataclass
class Delays:
    """Seconds. stall: after the first request; no answer begins between the two."""

    ttft_s: float = 0.0
    itl_s: float = 0.0
    stall: tuple[float, float] = (0.0, 0.0)
    came: list[float] = field(default_factory=list)

    async def chat(self, asked: Asked) -> AsyncIterator[bytes]:
        """An answer of as many tokens as were asked for, each in a chunk of its own."""
        now = time.perf_counter()
        self.came.append(now)
        return self._pieces(asked.json["max_tokens"], wait_s=self.stalled_s(now))

    def stalled_s(self, moment: float) -> float:
        """For how long nobody attends to a request that comes at a moment of time.perf_counter."""
        began, ended = (min(self.came) + seconds for seconds in self.stall)
        return ended - moment if began <= moment < ended else 0.0

    async def _pieces(self, num_tokens: int, *, wait_s: float) -> AsyncIterator[bytes]:
        head, _, _ = stream().partition(b"\r\n\r\n")
        yield head + b"\r\n\r\n"
        await asyncio.sleep(wait_s + self.ttft_s)
        for number in range(num_tokens):
            if number:
                await asyncio.sleep(self.itl_s)
            yield _chunk(event(choices=[{"delta": {"content": "a"}}]))
        usage = {"prompt_tokens": 20, "completion_tokens": num_tokens}
        yield _chunk(event(choices=[], usage=usage)) + _chunk(DONE) + b"0\r\n\r\n"


def known_server(delays: Delays) -> FakeServer:
    return FakeServer(
        routes={"/v1/chat/completions": delays.chat}, is_closing_silent=False, meters={"x_sequences_running": 1.0}
    )


@contextmanager
def served(server: FakeServer) -> Iterator[str]:
    """The URL of a server that runs on a thread while the block does."""
    ready, ends = threading.Event(), threading.Event()

    async def serve() -> None:
        async with server:
            ready.set()
            await asyncio.to_thread(ends.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(DEADLINE_S)
        yield f"http://127.0.0.1:{server.port}"
    finally:
        ends.set()
        thread.join(DEADLINE_S)


def _chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)
