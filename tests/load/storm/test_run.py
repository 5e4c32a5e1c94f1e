"""Storms share a server where they can, and one that fails does not stop the others."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from load.own_server import ServerNotReadyError
from load.storm.arena import Arena, Storm
from load.storm.figures import Figure, told
from load.storm.run import run_all
from tests.load.storm.fake_server import DEADLINE_S, TINY


class _Models(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"data": [{"id": "made-up"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


class ListeningServer:
    """Listens, and says what its model is called."""

    pid = os.getpid()

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def terminate(self) -> None:
        raise AssertionError

    def wait(self, timeout_s: float) -> int:
        raise AssertionError


class Starts:
    """Starts servers and notes with which settings."""

    def __init__(self) -> None:
        self.settings: list[Mapping[str, str]] = []

    @contextmanager
    def __call__(self, settings: Mapping[str, str]) -> Iterator[ListeningServer]:
        if "SICK" in settings:
            raise ServerNotReadyError("it does not start")
        self.settings.append(settings)
        with ThreadingHTTPServer(("127.0.0.1", 0), _Models) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            yield ListeningServer(server.server_port)
            server.shutdown()
            thread.join(DEADLINE_S)


async def calm(arena: Arena) -> Sequence[Figure]:
    assert arena.target.model == "made-up"
    return [told("port", arena.target.port)]


async def boom(arena: Arena) -> Sequence[Figure]:
    raise ConnectionResetError("boom")


def test_storms_in_a_row_share_a_server_and_others_have_one_of_their_own() -> None:
    starts, storms = Starts(), [Storm("a", calm), Storm("b", calm), Storm("c", calm, settings={"X": "1"})]
    lines: list[str] = []
    rows = list(run_all(storms, TINY, start=starts, tell=lines.append))
    assert starts.settings == [{}, {"X": "1"}]
    assert [row.storm for row in rows] == ["a", "b", "c"]
    assert rows[0].figures[0].value == rows[1].figures[0].value != rows[2].figures[0].value
    assert lines == ["a ...", "b ...", "c ..."]


def test_a_storm_that_can_not_be_driven_is_broken_and_the_next_one_is_run() -> None:
    lines: list[str] = []
    first, second = run_all([Storm("a", boom), Storm("b", calm)], TINY, start=Starts(), tell=lines.append)
    assert first.figures[0].is_held is False
    assert first.figures[0].text == "ConnectionResetError: boom"
    assert "Traceback" in lines[1]
    assert second.figures[0].promise == "port"


def test_a_server_that_does_not_start_breaks_its_storms_only() -> None:
    storms = [Storm("a", calm, settings={"SICK": "1"}), Storm("b", calm)]
    first, second = run_all(storms, TINY, start=Starts(), tell=lambda line: None)
    assert first.figures[0].text == "it does not start"
    assert second.figures[0].promise == "port"


@pytest.mark.parametrize("names", [["a", "b"]])
def test_every_storm_of_a_server_that_does_not_start_has_its_row(names: list[str]) -> None:
    storms = [Storm(name, calm, settings={"SICK": "1"}) for name in names]
    assert [row.storm for row in run_all(storms, TINY, start=Starts(), tell=lambda line: None)] == names
