"""How the process ends when something in it does not: real processes, with engines that misbehave."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.end_to_end.server_process import ServerProcess, server_popen

DEADLINE_S = 60
GRACE_S = 5  # as __main__ gives beyond the drain
MODULE = "tests.end_to_end.serve_fake_engine"
CHAT = {"model": "fake", "messages": [{"role": "user", "content": "hi"}], "stream": True}


@contextmanager
def serving(kind: str, model: Path, **settings: object) -> Iterator[ServerProcess]:
    with server_popen([MODULE, kind, str(model)], **settings) as process:
        yield ServerProcess(process)


async def events_of(http: httpx.AsyncClient, **fields: Any) -> list[str]:
    async with http.stream("POST", "/v1/chat/completions", json={**CHAT, **fields}) as answer:
        return [line.removeprefix("data: ") async for line in answer.aiter_lines() if line.startswith("data: ")]


def code_of(event: str) -> str | None:
    return str(json.loads(event).get("error", {}).get("code"))


def client(server: ServerProcess) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=server.url, timeout=DEADLINE_S)


async def test_a_stuck_step_does_not_hold_the_exit_and_its_client_gets_a_typed_error(random_model: Path) -> None:
    with serving("stuck", random_model, drain_timeout_s=0.5) as server:
        children = server.children()
        async with client(server) as http, http.stream("POST", "/v1/chat/completions", json=CHAT) as answer:
            lines = answer.aiter_lines()
            first = await anext(lines)
            started_s = time.monotonic()
            server.terminate()
            events = [first, *[line async for line in lines if line]]
            assert code_of(events[-1].removeprefix("data: ")) == "draining"
        assert await asyncio.to_thread(server.wait) == 0
        assert time.monotonic() - started_s < 0.5 + GRACE_S
        assert children
        assert not any(psutil.pid_exists(pid) for pid in children)


async def test_a_shared_thread_that_never_returns_does_not_hold_the_exit(random_model: Path) -> None:
    with serving("thread", random_model, drain_timeout_s=0.5) as server:
        started_s = time.monotonic()
        server.terminate()
        assert await asyncio.to_thread(server.wait) == 0
        assert time.monotonic() - started_s < 0.5 + GRACE_S
        assert "threads that do not end" in "".join(server.output)


def test_a_signal_while_the_model_loads_ends_the_process_at_once(random_model: Path) -> None:
    with server_popen([MODULE, "unbuilt", str(random_model)]) as process:
        assert process.stdout is not None
        assert any(line == "building\n" for line in process.stdout)
        children = psutil.Process(process.pid).children()
        started_s = time.monotonic()
        process.terminate()
        assert process.wait(DEADLINE_S) == 0
        assert time.monotonic() - started_s < GRACE_S
        assert not any(child.is_running() for child in children)


@pytest.mark.parametrize(("kind", "code"), [("dying", "engine_dead"), ("stuck", "engine_stalled")])
async def test_a_failed_engine_ends_its_streams_and_the_process_for_the_orchestrator(
    random_model: Path, kind: str, code: str
) -> None:
    with serving(kind, random_model, engine_stall_s=0.5) as server:
        async with client(server) as http:
            events = await events_of(http)
            assert code_of(events[-1]) == code
            assert "[DONE]" not in events
        assert await asyncio.to_thread(server.wait) == 1


@pytest.mark.parametrize("kind", ["dying", "stuck"])
async def test_a_failed_engine_is_built_anew_and_the_process_goes_on(random_model: Path, kind: str) -> None:
    with serving(kind, random_model, engine_stall_s=0.5, engine_failure="rebuild") as server:
        async with client(server) as http:
            assert code_of((await events_of(http))[-1]) in {"engine_dead", "engine_stalled"}
            async with asyncio.timeout(DEADLINE_S):
                while (await http.get("/readyz")).status_code != 200:
                    pass
            assert (await events_of(http, max_tokens=5))[-1] == "[DONE]"
        server.terminate()
        assert await asyncio.to_thread(server.wait) == 0
