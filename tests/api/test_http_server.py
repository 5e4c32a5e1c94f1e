"""The drain, with a real server in a process of its own that gets real signals."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.api.bound_sockets import bind_sockets
from app.api.door_protocol import DoorProtocol
from app.api.guarded_protocol import ConnectionLimits, GuardedProtocol
from app.api.http_server import DrainingServer, server_config
from app.errors import ConfigurationError
from app.main import create_app
from app.settings import Settings
from tests.api.fake_service import FakeService, make_factory

ROOT = Path(__file__).parents[2]
DEADLINE_S = 60
CHAT = {"model": "tutor", "messages": [{"role": "user", "content": "hi"}]}


@contextmanager
def server() -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """Yield a server whose answer sends a word, and the rest once it gets a SIGUSR1."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.api.serve_fake"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "UNBLOCKED_LOG_LEVEL": "warning"},
    )
    try:
        assert process.stdout is not None
        port = next(int(match[1]) for line in process.stdout if (match := re.search(r"API .*:(\d+)/v1", line)))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=DEADLINE_S) as client:
            yield process, client
    finally:
        process.kill()
        process.communicate(timeout=DEADLINE_S)


@contextmanager
def open_stream(client: httpx.Client) -> Iterator[Iterator[str]]:
    """Yield the lines of an answer that has begun and goes on once it is released."""
    with client.stream("POST", "/v1/chat/completions", json={**CHAT, "stream": True}) as response:
        lines = response.iter_lines()
        assert any("half" in line for line in lines)
        yield lines


def wait_until_not_ready(client: httpx.Client) -> None:
    while client.get("/readyz").status_code != 503:
        pass


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_and_ends_with_exit_code_0(sig: signal.Signals) -> None:
    with server() as (process, client), open_stream(client) as lines:
        process.send_signal(sig)
        wait_until_not_ready(client)
        assert client.get("/healthz").status_code == 200
        for path, body in (("/v1/chat/completions", CHAT), ("/v1/tokenize", {"text": "x"}), ("/nope", {})):
            refused = client.post(path, json=body)
            assert refused.status_code == 503
            assert refused.headers["connection"] == "close"
            assert int(refused.headers["retry-after"]) >= 1
            assert refused.json()["error"]["code"] == "draining"
        process.send_signal(signal.SIGUSR1)
        assert [line for line in lines if line][-1] == "data: [DONE]"
        assert process.wait(DEADLINE_S) == 0


def test_an_idle_server_ends_at_once() -> None:
    with server() as (process, client):
        assert client.get("/readyz").status_code == 200
        process.terminate()
        assert process.wait(DEADLINE_S) == 0


def test_a_second_signal_ends_at_once_with_work_in_flight() -> None:
    with server() as (process, client), open_stream(client):
        process.terminate()
        wait_until_not_ready(client)
        process.terminate()
        assert process.wait(DEADLINE_S) == 128 + signal.SIGTERM


def test_the_server_is_guarded_and_counts_no_idle_connections_as_load(app: FastAPI) -> None:
    limits, door = ConnectionLimits(header_timeout_s=3), app.state.door
    config = server_config(app, limits=limits, max_connections=7, door=door)
    config.load()
    protocol = config.http_protocol_class
    assert issubclass(protocol, GuardedProtocol)
    assert issubclass(protocol, DoorProtocol)
    assert protocol.door is door
    assert protocol.limits is limits
    assert protocol.table.max_connections == 7
    assert config.ws_protocol_class is None
    assert config.limit_concurrency is None  # it would count idle connections and refuse /healthz


async def serve_on(bound: socket.socket, service: FakeService) -> None:
    app = create_app(Settings(_env_file=None), service_factory=make_factory(service))
    server = DrainingServer(
        server_config(app, limits=ConnectionLimits(header_timeout_s=3), max_connections=7, door=app.state.door),
        begin_drain=service.begin_drain,
        drain=service.wait_failed,
        on_listening=lambda _port: pytest.fail("it listens"),
        cancel_start=app.state.start.cancel,
        wait_failed=service.wait_failed,
        on_end=lambda: None,
    )
    async with asyncio.timeout(DEADLINE_S):
        await server.serve([bound])


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a port that is bound can't be bound again")
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_port_that_another_process_listens_on_by_now_is_named_and_everything_closed(loop: str) -> None:
    service = FakeService()
    (bound,) = bind_sockets("127.0.0.1", 0)
    new_loop = pytest.importorskip(loop).new_event_loop
    with (
        bound,
        socket.create_server(bound.getsockname()) as quicker,
        asyncio.Runner(loop_factory=new_loop) as runner,
        pytest.raises(ConfigurationError, match=f"port {quicker.getsockname()[1]} of 127.0.0.1 is in use"),
    ):
        runner.run(serve_on(bound, service))
    assert service.calls[-1] == "close"


def test_files_are_allowed_for_as_many_connections_as_the_hard_limit_lets() -> None:
    code = (
        "import resource\n"
        "from app.api.http_server import NUM_OTHER_FILES, connections_that_fit\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (300, 900))\n"
        "assert connections_that_fit(400) == 400\n"
        "assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 400 + NUM_OTHER_FILES\n"
        "assert 300 < connections_that_fit(5000) < 900 - NUM_OTHER_FILES\n"
        "assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 900\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=DEADLINE_S, cwd=ROOT)
