from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

from app.observability.stacks import MAX_FRAMES, as_line, busy_threads, coroutine_of, stack_of

DEADLINE_S = 20.0


def here() -> FrameType:
    return sys._getframe(1)


def outer() -> FrameType:
    return inner()


def inner() -> FrameType:
    return here()


async def coroutine() -> FrameType:
    return outer()


def deep(depth: int) -> FrameType:
    return here() if depth == 0 else deep(depth - 1)


async def test_a_stack_names_file_line_and_function_up_to_the_loop() -> None:
    line = inner.__code__.co_firstlineno + 1
    stack = stack_of(await asyncio.create_task(coroutine()))
    assert stack[0] == f"tests/observability/test_stacks.py:{line} inner"
    assert [place.split()[-1] for place in stack] == ["inner", "outer", "coroutine"]


def test_a_deep_stack_is_cut() -> None:
    assert len(stack_of(deep(100))) == MAX_FRAMES


async def test_the_innermost_coroutine_is_found_through_the_functions_it_called() -> None:
    assert coroutine_of(await coroutine()) is coroutine.__code__
    found: list[object] = []
    called = asyncio.Event()

    def callback() -> None:
        found.append(coroutine_of(inner()))
        called.set()

    asyncio.get_running_loop().call_soon(callback)
    async with asyncio.timeout(DEADLINE_S):
        await called.wait()
    assert found == [None]


def test_threads_that_wait_for_work_are_left_out_and_a_c_call_is_named() -> None:
    gate = threading.Lock()
    with ThreadPoolExecutor(2, thread_name_prefix="pool") as pool:
        pool.submit(lambda: None).result(DEADLINE_S)
        with gate:
            job = pool.submit(gate.acquire)
            while not job.running():
                pass
            others = busy_threads(without={threading.get_ident()})
            while not (names := [name for name, stack in others.items() if "acquire" in as_line(stack)]):
                others = busy_threads(without={threading.get_ident()})
        job.result(DEADLINE_S)
    assert len(names) == 1
    assert as_line(others[names[0]]).endswith("run(lock.acquire)")
    assert len([name for name in others if name.startswith("pool")]) == 1


def test_no_stack_says_so() -> None:
    assert as_line(stack_of(None)) == "no stack was seen"
