"""Starts servers and lets the storms loose on them, one after another. A storm that fails does not stop the others."""

from __future__ import annotations

import itertools
import json
import resource
import time
import traceback
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import uvloop

from load.few_collections import few_collections
from load.own_server import ServerNotReadyError, started_server
from load.storm.arena import Arena, ServerProcess, Storm
from load.storm.connection import Target
from load.storm.figures import Figure
from load.storm.report import Row, broken
from load.storm.scale import Scale


class ServerLike(ServerProcess, Protocol):
    """What is known of a server that was started."""

    @property
    def url(self) -> str: ...

    @property
    def port(self) -> int: ...


StartServer = Callable[[Mapping[str, str]], AbstractContextManager[ServerLike]]
_ENDED = "it can be driven to its end"


def run_all(
    storms: Sequence[Storm], scale: Scale, *, start: StartServer = started_server, tell: Callable[[str], None] = print
) -> Iterator[Row]:
    """Yield each storm's figures as they come. Storms in a row with the same settings share a server."""
    raise_descriptor_limit()
    for _, group in itertools.groupby(storms, key=lambda storm: sorted(storm.settings.items())):
        yield from _run_group(list(group), scale, start=start, tell=tell)


def raise_descriptor_limit() -> None:
    """Thousands of connections need as many descriptors, here and in the server, which inherits the limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _run_group(storms: list[Storm], scale: Scale, *, start: StartServer, tell: Callable[[str], None]) -> Iterator[Row]:
    began = time.monotonic()
    try:
        with start(storms[0].settings) as server:
            arena = Arena(target_of(server, storms[0].key), server, scale)
            for storm in storms:
                tell(f"{storm.name} ...")
                yield _row(storm, arena, began, tell=tell)
                began = time.monotonic()
    except ServerNotReadyError as error:
        for storm in storms:
            yield Row(storm.name, (broken("the server starts", str(error)[-160:]),), time.monotonic() - began)


def _row(storm: Storm, arena: Arena, began: float, *, tell: Callable[[str], None]) -> Row:
    try:
        with few_collections():
            figures = tuple(uvloop.run(_raged(storm, arena)))
    except Exception as error:  # whatever went wrong, it is this storm's finding, and the next one's server may be fine
        tell(traceback.format_exc())
        figures = (broken(_ENDED, f"{type(error).__name__}: {error}"),)
    return Row(storm.name, figures, time.monotonic() - began)


async def _raged(storm: Storm, arena: Arena) -> Sequence[Figure]:
    return await storm.rage(arena)


def target_of(server: ServerLike, key: str = "") -> Target:
    """Ask a server what its model is called. Raises: OSError."""
    request = urllib.request.Request(f"{server.url}/v1/models", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        model = str(json.load(answer)["data"][0]["id"])
    return Target("127.0.0.1", server.port, server.pid, model, key)
