"""After a crowd that comes, stays, leaves at any point or runs out of time, everything is as it was before."""

from __future__ import annotations

import asyncio
import gc
import random
import threading
from collections import Counter
from typing import Any

from app.engine.sampling_params import SamplingParams
from app.errors import DeadlineExceededError, RefusedError
from app.service.chat_parts import ChatEncoder
from app.service.text_stream import TextStream
from app.service.wrapping import Wrapping
from tests.service.chat_harness import Harness, read, running
from tests.service.fake_engine import FakeEngine

DEADLINE_S = 60
NUM_CLIENTS = 200
NOBODY = "<EngineQueue 0 waiting, 0 taken, 0 wanted>"
NO_END = SamplingParams(ignore_eos=True)


class SlowEncoder:
    """Lets the loop turn a few times before it encodes."""

    def __init__(self, encoder: ChatEncoder) -> None:
        self._encoder = encoder

    async def encode_prompts(self, texts: Any) -> list[list[int]]:
        return await self._encoder.encode_prompts(texts)

    async def encode_chat(self, messages: Any, **fields: Any) -> list[int]:
        for _ in range(3):
            await asyncio.sleep(0)
        return await self._encoder.encode_chat(messages, **fields)


class Slowed(Wrapping):
    def encoder(self, encoder: ChatEncoder) -> ChatEncoder:
        return SlowEncoder(encoder)


class Client:
    """Asks once and behaves as its random numbers say."""

    def __init__(self, harness: Harness, chance: random.Random) -> None:
        self._harness = harness
        self._num_wanted = chance.choice([0, 0, 1, 2, 5, 99])  # deltas that it waits for before it leaves
        self._leaves_while_opening = chance.random() < 0.2
        self._timeout_s = 0.0005 if chance.random() < 0.1 else None
        self._fields: dict[str, Any] = {
            "max_tokens": chance.randint(1, 12),
            "words": chance.randint(1, 20),
            "params": NO_END,
        }
        self._owner = chance.choice(["", "a", "b"])
        self._num_turns = chance.randint(0, 100)  # of the loop, before it comes

    async def run(self) -> str:
        for _ in range(self._num_turns):
            await asyncio.sleep(0)
        opening = asyncio.create_task(self._harness.open(owner=self._owner, timeout_s=self._timeout_s, **self._fields))
        if self._leaves_while_opening:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            opening.cancel()
        try:
            return await self._follow(await opening)
        except asyncio.CancelledError:
            return "left while opening"
        except RefusedError:
            return "refused"
        except DeadlineExceededError:
            return "late"

    async def _follow(self, stream: TextStream) -> str:
        num_deltas = 0
        try:
            while num_deltas < self._num_wanted:
                await anext(stream)
                num_deltas += 1
        except StopAsyncIteration:
            return "whole"
        finally:
            stream.abort()
        return "left"


def num_streams() -> int:
    gc.collect()
    return sum(type(thing) is TextStream for thing in gc.get_objects())


async def quiet(harness: Harness) -> None:
    """Wait until the engine has been told of everyone who left."""
    async with asyncio.timeout(DEADLINE_S):
        while harness.metrics.value("unblocked_sequences_running") or NOBODY not in repr(harness.supervisor):
            await asyncio.to_thread(lambda: None)


async def test_a_random_crowd_leaves_no_task_stream_permit_or_thread_behind() -> None:
    engine, chance = FakeEngine([10] * 50, max_num_seqs=4), random.Random(7)
    async with running(engine, max_requests=8, wrapping=Slowed()) as harness:
        await read(await harness.open(params=NO_END))  # what is made once, is made now
        await asyncio.gather(*(asyncio.to_thread(lambda: None) for _ in range(8)))
        await quiet(harness)
        tasks, threads = len(asyncio.all_tasks()), threading.active_count()
        streams = num_streams()

        outcomes: Counter[str] = Counter()
        async with asyncio.timeout(DEADLINE_S):
            for _ in range(2):
                clients = [Client(harness, chance).run() for _ in range(NUM_CLIENTS)]
                outcomes.update(await asyncio.gather(*clients))
            await harness.finished()
        await quiet(harness)

        assert {"whole", "left", "left while opening", "refused", "late"} <= outcomes.keys(), outcomes
        assert (harness.admission.num_requests, harness.admission.num_tokens) == (0, 0)
        assert not engine.has_work()
        assert len(asyncio.all_tasks()) == tasks
        assert threading.active_count() == threads
        assert num_streams() <= streams
        assert len(await read(await harness.open(params=NO_END))) == 4
