"""I/O-bound with a blocking library (requests): on the loop, in `to_thread`, and in a pool of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import requests

from load.matrix.clock import watched
from load.matrix.experiment import Agreement, Experiment, Verdict, verdict
from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale
from load.matrix.served import served


def get(url: str) -> int:
    return requests.get(url, timeout=60).status_code


async def on_the_loop(urls: list[str]) -> list[int]:
    """Wrong: each call stops the loop, and with it everybody else."""

    async def handler(url: str) -> int:
        return get(url)

    return await asyncio.gather(*[handler(url) for url in urls])


async def to_thread(urls: list[str]) -> list[int]:
    """The loop's default executor: at most `min(32, cores + 4)` threads, for everything that the process does."""
    return await asyncio.gather(*[asyncio.to_thread(get, url) for url in urls])


async def own_pool(urls: list[str]) -> list[int]:
    """As many threads as may wait at the same time; kept as long as the service, closed with it."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(len(urls), thread_name_prefix="get") as pool:
        return await asyncio.gather(*[loop.run_in_executor(pool, get, url) for url in urls])


async def async_library(urls: list[str]) -> list[int]:
    """No thread at all, if there is a library that can wait."""

    async def handler(session: aiohttp.ClientSession, url: str) -> int:
        async with session.get(url) as response:
            return response.status

    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*[handler(session, url) for url in urls])


_WALL = "time for all calls"
_STOP = "longest stop of the loop"
_COUNT = "calls"
_WAYS: dict[str, Callable[[list[str]], Awaitable[list[int]]]] = {
    "on the loop": on_the_loop,
    "to_thread": to_thread,
    "run_in_executor, own pool": own_pool,
    "async library (aiohttp)": async_library,
}


def measure(scale: Scale) -> list[Figure]:
    delay_ms, count = scale.pick(100, 30), scale.pick(50, 40)
    figures = [Figure(_COUNT, "each", count, "", note=f"{delay_ms} ms each")]
    with served("load.matrix.slow_server", str(delay_ms)) as server:
        urls = [server.url] * count
        for way, calls in _WAYS.items():
            seen = asyncio.run(watched(lambda calls=calls: calls(urls)))  # type: ignore[misc]
            assert seen.result == [200] * count, way
            figures.append(Figure(_WALL, way, seen.wall_s, "s"))
            figures.append(Figure(_STOP, way, seen.loop_stop_s * 1000, "ms"))
    return figures


def judge(figures: Figures) -> list[Verdict]:
    count = figures.of(_COUNT, "each")
    blocked, threaded = figures.of(_STOP, "on the loop"), figures.of(_STOP, "to_thread")
    default, own = figures.of(_WALL, "to_thread"), figures.of(_WALL, "run_in_executor, own pool")
    return [
        verdict(
            "a blocking call in async def stops the loop",
            f"{count:.0f} calls: stopped for {blocked:,.0f} ms, every other client with it",
            holds=blocked > 10 * threaded,
        ),
        verdict(
            "wrapped in a thread it does not",
            f"longest stop {threaded:.0f} ms in to_thread",
            holds=threaded < blocked / 10,
        ),
        verdict(
            "to_thread is run_in_executor, only shorter",
            f"{count:.0f} calls: default executor {default:.2f} s, own pool {own:.2f} s",
            holds=default < 1.5 * own,
            otherwise=Agreement.TOO_SIMPLE,
        ),
    ]


EXPERIMENT = Experiment("I/O-bound with a blocking library", measure, judge)
