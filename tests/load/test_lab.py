"""The table and its verdicts, from made-up measurements, and the whole command against a small real server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI

from load.__main__ import main
from load.lab import ENDPOINTS, Row, format_table
from load.ping import PingSummary

DEADLINE_S = 30


def _row(endpoint: str, *, loop_delay_ms: float, silence_ms: float) -> Row:
    ping = PingSummary(num_answers=9, p50_ms=1.5, max_ms=silence_ms, longest_silence_ms=silence_ms)
    return Row(
        endpoint=endpoint,
        took_ms=1000,
        ping=ping,
        loop_delay_ms=loop_delay_ms,
        ticks=7,
        possible_ticks=500,
        explanation=f"what {endpoint} is",
    )


def test_the_loop_counts_as_stopped_only_when_server_and_client_agree() -> None:
    assert _row("blocking", loop_delay_ms=990, silence_ms=990).is_stopped
    assert not _row("offloaded", loop_delay_ms=20, silence_ms=30).is_stopped
    assert not _row("offloaded", loop_delay_ms=20, silence_ms=900).is_stopped
    assert not _row("offloaded", loop_delay_ms=900, silence_ms=20).is_stopped


def test_the_table_has_a_line_a_verdict_and_an_explanation_for_each_endpoint() -> None:
    rows = [_row("blocking", loop_delay_ms=990, silence_ms=991), _row("offloaded", loop_delay_ms=2, silence_ms=12)]
    head, rule, blocking, offloaded, *rest = format_table(rows).splitlines()
    assert head.startswith("/lab/...")
    assert set(rule) == {"-"}
    assert blocking.split() == [
        "blocking",
        "1000",
        "ms",
        "1.5",
        "ms",
        "991",
        "ms",
        "991",
        "ms",
        "990",
        "ms",
        "7/500",
        "STOPPED",
    ]
    assert offloaded.endswith("free")
    assert any("what offloaded is" in line for line in rest)


@pytest.fixture
def url() -> Iterator[str]:
    """A server whose lab does no work: the command is what is tested."""
    app = FastAPI()

    @app.get("/healthz")
    async def healthz() -> str:
        return "ok"

    @app.get("/lab/{endpoint}")
    async def lab(endpoint: str, num_forwards: int, num_chars: int) -> dict[str, object]:
        return {
            "took_ms": 1.0,
            "loop_max_delay_ms": 0.0,
            "loop_ticks": num_forwards,
            "loop_possible_ticks": num_chars,
            "explanation": endpoint,
        }

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    for _ in range(DEADLINE_S * 100):
        if server.started:
            break
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(DEADLINE_S)


def test_the_command_fires_each_endpoint_with_the_size_asked_for(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "--url", url, "--forwards", "3", "--chars", "44", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["endpoint"] for row in rows] == list(ENDPOINTS)
    assert {(row["ticks"], row["possible_ticks"]) for row in rows} == {(3, 44)}
    assert not any(row["is_stopped"] for row in rows)


def test_the_command_prints_a_table_for_people(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "--url", url]) == 0
    out = capsys.readouterr().out
    assert "event loop" in out.splitlines()[0]
    assert all(f"\n{endpoint}" in out for endpoint in ENDPOINTS)


def test_a_server_that_cannot_be_reached_is_said_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "--url", "http://127.0.0.1:1"]) == 1
    assert "with the lab on" in capsys.readouterr().err


def test_a_server_without_the_lab_is_said_and_fails(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "--url", f"{url}/elsewhere"]) == 1
    assert "404" in capsys.readouterr().err
