from __future__ import annotations

import asyncio

from app.observability.request_tasks import note_request, work_on

DEADLINE_S = 10.0


async def names() -> list[str]:
    """What another thread is told of this task, of a named one and of a callback."""
    loop = asyncio.get_running_loop()
    callback: asyncio.Future[str] = loop.create_future()
    loop.call_soon(lambda: callback.set_result(work_on(loop)))

    async def ask() -> str:
        return work_on(loop)

    return [await ask(), await asyncio.create_task(ask(), name="engine-runner"), await callback]


async def test_a_request_is_named_by_its_task_and_others_by_theirs() -> None:
    async def serve() -> list[str]:
        note_request(lambda: "GET /slow [id-1]")
        return await names()

    async with asyncio.timeout(DEADLINE_S):
        assert await asyncio.create_task(serve()) == ["GET /slow [id-1]", "task engine-runner", "a callback"]


async def test_the_running_task_can_be_asked_for_from_another_thread() -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(DEADLINE_S):
        assert await asyncio.to_thread(work_on, loop) in {"a callback", f"task {asyncio.current_task().get_name()}"}  # type: ignore[union-attr]


def test_outside_of_a_task_nothing_is_noted() -> None:
    loop = asyncio.new_event_loop()
    loop.call_soon(note_request, lambda: "nobody")
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert work_on(loop) == "a callback"
    loop.close()
