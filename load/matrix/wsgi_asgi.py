"""WSGI against ASGI: Flask in a pool of threads and FastAPI on an event loop, under many slow requests at once.

The applications to copy are `wsgi_app.py` and `asgi_app.py`. The client is the crawler's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import aiohttp

from load.bench.timing import percentile
from load.matrix.crawler import crawling, fetch
from load.matrix.experiment import Agreement, Experiment, Verdict, verdict
from load.matrix.figures import Figure, Figures
from load.matrix.memory import num_threads, resident_bytes
from load.matrix.scale import Scale
from load.matrix.served import Served, served

_MANY_THREADS = 100


async def latencies_s(url: str, count: int) -> list[float]:
    """Ask `count` times at once, on a connection each, and say how long each waited, shortest first."""

    async def timed(session: aiohttp.ClientSession) -> float:
        began = time.perf_counter()
        assert await fetch(session, url) == "slow\n"
        return time.perf_counter() - began

    async with crawling(0) as session:
        return sorted(await asyncio.gather(*[timed(session) for _ in range(count)]))


@dataclass(frozen=True, slots=True)
class Way:
    """One server: the module that runs it with its arguments, a path, and how many at once it is asked at most."""

    name: str
    command: tuple[str, ...]
    path: str = "/"
    most: int = 1000


_P50, _P99 = "latency, median", "latency, 99th percentile"
_THREADS, _MEMORY = "threads of the server", "memory of the server"
_FLASK = f"Flask, waitress, {_MANY_THREADS} threads"
_FLASK_FEW = "Flask, waitress, its default of 4 threads"
_FASTAPI = "FastAPI, async def"
_FASTAPI_DEF = "FastAPI, def"


def measure(scale: Scale) -> list[Figure]:
    delay_ms = scale.pick(250, 50)
    ways = (
        Way(_FLASK_FEW, ("load.matrix.wsgi_app", "4", f"{delay_ms}"), most=100),
        Way(_FLASK, ("load.matrix.wsgi_app", f"{_MANY_THREADS}", f"{delay_ms}")),
        Way(_FASTAPI_DEF, ("load.matrix.asgi_app", f"{delay_ms}"), path="/def"),
        Way(_FASTAPI, ("load.matrix.asgi_app", f"{delay_ms}")),
    )
    return [figure for way in ways for figure in _measured(way, scale.pick((10, 100, 1000), (10, 200)))]


def _measured(way: Way, counts: Sequence[int]) -> Iterator[Figure]:
    module, *args = way.command
    with served(module, *args) as server:
        asyncio.run(latencies_s(server.url + way.path, 2))
        for count in counts:
            if count <= way.most:
                yield from _asked(way, server, count)


def _asked(way: Way, server: Served, count: int) -> Iterator[Figure]:
    """Threads and memory after the crowd: neither waitress nor the loop gives any back at once."""
    waits = asyncio.run(latencies_s(server.url + way.path, count))
    yield Figure(_P50, way.name, percentile(waits, 0.5) * 1000, "ms", at=count)
    yield Figure(_P99, way.name, percentile(waits, 0.99) * 1000, "ms", at=count)
    yield Figure(_THREADS, way.name, num_threads(server.pid), "threads", at=count)
    yield Figure(_MEMORY, way.name, resident_bytes(server.pid) / 1e6, "MB", at=count)


def judge(figures: Figures) -> list[Verdict]:
    most = figures.most(_P99, _FLASK, _FASTAPI)
    few, least = figures.most(_P99, _FLASK_FEW), 10
    flask, fastapi = figures.of(_P99, _FLASK, most), figures.of(_P99, _FASTAPI, most)
    plain = figures.of(_P99, _FASTAPI_DEF, most)
    queued = figures.of(_P99, _FLASK_FEW, few)
    threads = {way: figures.of(_THREADS, way, most) for way in (_FLASK, _FASTAPI)}
    at_ten = [figures.of(_P99, way, least) for way in (_FLASK, _FASTAPI)]
    return [
        verdict(
            "Flask takes a thread for each request",
            f"only as many as its server has: {few:.0f} at once on waitress's 4 take {queued:,.0f} ms",
            holds=queued < 1.5 * figures.of(_P99, _FASTAPI, least),
            otherwise=Agreement.TOO_SIMPLE,
        ),
        verdict(
            "FastAPI holds many slow requests on one thread",
            f"{most:.0f} at once: {fastapi:,.0f} ms on {threads[_FASTAPI]:.0f} threads, "
            f"Flask {flask:,.0f} ms on {threads[_FLASK]:.0f}; 10 at once: {at_ten[1]:.0f} and {at_ten[0]:.0f} ms",
            holds=fastapi < flask and threads[_FASTAPI] < threads[_FLASK],
        ),
        verdict(
            "FastAPI is asynchronous",
            f"only in async def: {most:.0f} at once take {plain:,.0f} ms in def, {fastapi:,.0f} ms in async def",
            holds=plain < 1.5 * fastapi,
            otherwise=Agreement.TOO_SIMPLE,
        ),
    ]


EXPERIMENT = Experiment("WSGI against ASGI", measure, judge)
