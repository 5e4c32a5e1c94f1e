"""Tests to be judged by test_fail_on_blocking.py in a process of its own: `guilty` ones must fail, the others pass."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tokenizers import Tokenizer

from tests.api.asgi_call import AsgiCall

HELD_S = 0.5  # twice the threshold of the run
TOKENIZER = Tokenizer.from_file(str(Path(__file__).parents[2] / "models" / "tutor" / "tokenizer.json"))
TEXT = " ".join(f"w{number * 7919 % 100_003}" for number in range(50_000))

app = FastAPI()


@app.get("/sleep")
async def sleep() -> None:
    time.sleep(HELD_S)  # noqa: ASYNC251 the pitfall itself


@app.get("/socket")
async def read_a_socket() -> None:
    """What `requests` does until the answer comes."""
    one, other = socket.socketpair()
    with one, other:
        one.settimeout(HELD_S)
        with pytest.raises(TimeoutError):
            one.recv(1)


def compute() -> None:
    end_s = time.thread_time() + HELD_S
    while time.thread_time() < end_s:
        pass


@app.get("/compute")
async def compute_here() -> None:
    compute()


@app.get("/encode")
async def encode_here() -> None:
    TOKENIZER.encode(TEXT)


@app.get("/encode_in_thread")
async def encode_in_thread() -> None:
    await asyncio.to_thread(TOKENIZER.encode, TEXT)


@app.get("/encode_batch_in_thread")
async def encode_batch_in_thread() -> None:
    await asyncio.to_thread(TOKENIZER.encode_batch, [TEXT])


@app.get("/sleep_in_thread")
async def sleep_in_thread() -> None:
    await asyncio.to_thread(time.sleep, HELD_S)


@app.get("/compute_in_thread")
async def compute_in_thread() -> None:
    await asyncio.to_thread(compute)


@app.get("/wait")
async def wait() -> None:
    await asyncio.sleep(HELD_S)


@app.get("/many_short_steps")
async def many_short_steps() -> None:
    end_s = time.thread_time() + HELD_S
    while time.thread_time() < end_s:  # noqa: ASYNC110 a busy loop is meant
        await asyncio.sleep(0)


@app.get("/collect")
async def collect() -> None:
    """Garbage collection is nobody's fault."""
    end_s = time.thread_time() + HELD_S
    while time.thread_time() < end_s:
        gc.collect()


async def get(path: str) -> None:
    call = AsgiCall(app, path=path, method="GET")
    await call.run()
    assert call.status == 200


@pytest.mark.parametrize("path", ["/sleep", "/socket", "/compute", "/encode", "/encode_in_thread"])
async def test_guilty_handler(path: str) -> None:
    await get(path)


@pytest.mark.parametrize("path", ["/sleep", "/encode_in_thread"])
def test_guilty_handler_on_another_threads_loop(path: str) -> None:
    with TestClient(app) as client:
        assert client.get(path).status_code == 200


async def test_guilty_callback() -> None:
    asyncio.get_running_loop().call_soon(time.sleep, HELD_S)
    await asyncio.sleep(0)


@pytest.fixture
async def service() -> None:
    await sleep()


async def test_guilty_in_a_fixture(service: None) -> None:
    pass


@pytest.mark.parametrize(
    "path",
    ["/wait", "/sleep_in_thread", "/compute_in_thread", "/encode_batch_in_thread", "/many_short_steps", "/collect"],
)
async def test_innocent_handler(path: str) -> None:
    await get(path)


async def test_innocent_body_of_a_test() -> None:
    time.sleep(HELD_S)  # noqa: ASYNC251 no client waits for a test


@pytest.fixture
async def prepared() -> AsyncIterator[None]:
    yield
    time.sleep(HELD_S)  # noqa: ASYNC251 nor for a fixture


async def test_innocent_body_of_a_fixture(prepared: None) -> None:
    pass


@pytest.mark.blocks_the_loop
async def test_innocent_by_its_mark() -> None:
    await get("/sleep")


@pytest.fixture
def rivals() -> Iterator[None]:
    """Threads that want the GIL all the time, as many as make the loop wait for it most of the time."""
    is_over = threading.Event()
    threads = [threading.Thread(target=lambda: [None for _ in iter(is_over.is_set, True)]) for _ in range(6)]
    for thread in threads:
        thread.start()
    yield
    is_over.set()
    for thread in threads:
        thread.join()


async def test_innocent_among_rivals_for_the_gil(rivals: None) -> None:
    end_s = time.perf_counter() + 2 * HELD_S
    while time.perf_counter() < end_s:
        await asyncio.create_task(_short_work())


async def _short_work() -> None:
    end_s = time.thread_time() + 0.001
    while time.thread_time() < end_s:
        pass
