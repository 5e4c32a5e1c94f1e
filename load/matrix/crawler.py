"""I/O-bound, async all the way: a crawler with aiohttp, against threads with requests, against one by one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import aiohttp
import requests

from load.matrix.experiment import Agreement, Experiment, Verdict, verdict
from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale
from load.matrix.served import served


async def fetch(session: aiohttp.ClientSession, url: str) -> str:
    async with session.get(url) as response:
        return await response.text()


def crawling(limit: int) -> aiohttp.ClientSession:
    """One session for all: it keeps connections. aiohttp opens 100 at once unless told otherwise; 0 is no limit."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=limit), timeout=aiohttp.ClientTimeout(120))


async def one_by_one(urls: Sequence[str]) -> list[str]:
    async with crawling(0) as session:
        return [await fetch(session, url) for url in urls]


async def gathered(urls: Sequence[str], limit: int = 0) -> list[str]:
    async with crawling(limit) as session:
        return await asyncio.gather(*[fetch(session, url) for url in urls])


async def as_tasks(urls: Sequence[str]) -> list[str]:
    async with crawling(0) as session:
        tasks = [asyncio.create_task(fetch(session, url)) for url in urls]
        return [await task for task in tasks]


async def in_a_task_group(urls: Sequence[str]) -> list[str]:
    """If one fails, the others are cancelled; gather leaves them running."""
    async with crawling(0) as session, asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch(session, url)) for url in urls]
    return [task.result() for task in tasks]


async def a_session_each(urls: Sequence[str]) -> list[str]:
    """The notes' own `fetch`: a session, and so a connection, for every request."""

    async def fetch_alone(url: str) -> str:
        async with aiohttp.ClientSession() as session:
            return await fetch(session, url)

    return await asyncio.gather(*[fetch_alone(url) for url in urls])


def in_threads(urls: Sequence[str], num_threads: int) -> list[str]:
    """requests blocks; a thread for each request that is to wait at the same time."""
    with ThreadPoolExecutor(num_threads) as pool:
        return list(pool.map(lambda url: requests.get(url, timeout=120).text, urls))


_WALL = "time for all requests"
_CPU = "client CPU per request"
_DELAY = "the server's delay"
_AIOHTTP = "aiohttp, gather"
_THREADS = "requests, a thread each"
_LIMITED = "aiohttp, gather, default limit of 100"
_SESSIONS = "aiohttp, a session each"
_SAME = {"aiohttp, create_task": as_tasks, "aiohttp, TaskGroup": in_a_task_group}
Crawl = Callable[[Sequence[str]], Coroutine[Any, Any, list[str]]]


def measure(scale: Scale) -> list[Figure]:
    delay_ms = scale.pick(200, 50)
    counts = scale.pick((10, 100, 1000, 5000), (10, 200))
    many = scale.pick(1000, 200)
    with served("load.matrix.slow_server", str(delay_ms)) as server:
        run = partial(_measured, server.url)
        figures = [Figure(_DELAY, "each", delay_ms / 1000, "s"), *run("aiohttp, one by one", _async(one_by_one), 10)]
        for count in counts:
            figures += run(_AIOHTTP, _async(gathered), count)
            figures += run(_THREADS, partial(in_threads, num_threads=count), count)
        for way, crawl in _SAME.items():
            figures += run(way, _async(crawl), many)
        figures += run(_LIMITED, _async(partial(gathered, limit=100)), many)
        figures += run(_SESSIONS, _async(a_session_each), many)
    return figures


def _async(crawl: Crawl) -> Callable[[Sequence[str]], list[str]]:
    return lambda urls: asyncio.run(crawl(urls))


def _measured(url: str, way: str, crawl: Callable[[Sequence[str]], list[str]], count: int) -> Iterator[Figure]:
    began, cpu = time.perf_counter(), time.process_time()
    pages = crawl([url] * count)
    took, used = time.perf_counter() - began, time.process_time() - cpu
    assert pages == ["slow\n"] * count
    yield Figure(_WALL, way, took, "s", at=count)
    yield Figure(_CPU, way, used / count * 1000, "ms", at=count)


def judge(figures: Figures) -> list[Verdict]:
    delay = figures.of(_DELAY, "each")
    serial, together = figures.of(_WALL, "aiohttp, one by one", 10), figures.of(_WALL, _AIOHTTP, 10)
    most, many = figures.most(_WALL, _AIOHTTP, _THREADS), figures.most(_WALL, _AIOHTTP, _LIMITED)
    tasks = [figures.of(_WALL, way, many) for way in _SAME]
    aiohttp_s, threads_s = figures.of(_WALL, _AIOHTTP, most), figures.of(_WALL, _THREADS, most)
    free, limited = figures.of(_WALL, _AIOHTTP, many), figures.of(_WALL, _LIMITED, many)
    cpu, thread_cpu = figures.of(_CPU, _AIOHTTP, most), figures.of(_CPU, _THREADS, most)
    return [
        verdict(
            "gather takes the longest request's time, not the sum",
            f"10 of {delay:g} s: {together:.2f} s together, {serial:.2f} s one by one",
            holds=together < serial / 3,
        ),
        verdict(
            "... and so for many",
            f"{many:.0f} with aiohttp's own limit of 100 connections {limited:.2f} s, without {free:.2f} s",
            holds=limited < 1.25 * free,
            otherwise=Agreement.TOO_SIMPLE,
        ),
        verdict(
            "gather is create_task and await",
            f"{many:.0f}: gather {free:.2f} s, create_task {tasks[0]:.2f} s, TaskGroup {tasks[1]:.2f} s",
            holds=max(*tasks, free) < 1.5 * min(*tasks, free),
        ),
        verdict(
            "a crawler: asyncio with aiohttp",
            f"{most:.0f} at once: aiohttp {aiohttp_s:.1f} s and {cpu:.2f} ms of CPU each, "
            f"threads {threads_s:.1f} s and {thread_cpu:.2f} ms",
            holds=aiohttp_s < threads_s and cpu < thread_cpu,
        ),
    ]


EXPERIMENT = Experiment("I/O-bound, async all the way: a crawler", measure, judge)
