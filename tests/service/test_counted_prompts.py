from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from app.errors import DrainingError, QueueFullError
from app.service.admission import Admission
from app.service.counted_prompts import CountedPrompts
from tests.api.fake_service import FakePrompts

DEADLINE_S = 20


class HeldPrompts(FakePrompts):
    """Encodes texts once it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.release = asyncio.Event()

    async def encode_texts(self, texts: Sequence[str]) -> list[list[int]]:
        await self.release.wait()
        return await super().encode_texts(texts)


async def test_a_drain_waits_for_a_call_in_flight_and_refuses_new_ones() -> None:
    encoder, admission = HeldPrompts(), Admission(max_requests=5, max_tokens=1)
    prompts = CountedPrompts(encoder, admission)
    call = asyncio.create_task(prompts.encode_texts(["ab"]))
    await asyncio.sleep(0)
    admission.close()
    idle = asyncio.create_task(admission.wait_idle())
    await asyncio.sleep(0)
    assert not idle.done()
    with pytest.raises(DrainingError):
        await prompts.encode_texts(["x"])
    with pytest.raises(DrainingError):
        await prompts.decode([1])
    encoder.release.set()
    assert await asyncio.wait_for(call, DEADLINE_S) == [[97, 98]]
    await asyncio.wait_for(idle, DEADLINE_S)


async def test_calls_are_bounded_and_a_cancelled_one_frees_its_place() -> None:
    prompts = CountedPrompts(HeldPrompts(), Admission(max_requests=1, max_tokens=1))
    call = asyncio.create_task(prompts.encode_texts(["ab"]))
    await asyncio.sleep(0)
    with pytest.raises(QueueFullError):
        await prompts.decode([97])
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await prompts.decode([97]) == "a"
    assert await prompts.encode_chat([{"role": "user", "content": "a"}]) == [97]
