"""What the pinging client reports, from made-up answers and from a real server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from load.ping import Pinger, summarize

DEADLINE_S = 30


class _Health(BaseHTTPRequestHandler):
    """Answers like /healthz; `may_answer` holds the answers back while it is cleared."""

    protocol_version = "HTTP/1.1"
    may_answer = threading.Event()
    is_holding = threading.Event()
    num_asked = 0
    status = 200

    def do_GET(self) -> None:
        type(self).num_asked += 1
        if not self.may_answer.is_set():
            self.is_holding.set()
            self.may_answer.wait(DEADLINE_S)
        self.send_response(self.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def health() -> Iterator[tuple[str, type[_Health]]]:
    class Health(_Health):
        may_answer = threading.Event()
        is_holding = threading.Event()

    Health.may_answer.set()
    with ThreadingHTTPServer(("127.0.0.1", 0), Health) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", Health
        server.shutdown()
        thread.join(DEADLINE_S)


def _wait_until_asked(handler: type[_Health], times: int) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while handler.num_asked < times:
        assert time.monotonic() < deadline
        threading.Event().wait(0.002)


def test_the_longest_silence_lies_between_two_answers_or_at_an_end() -> None:
    answers = [(0.0, 0.1), (0.2, 0.3), (0.4, 0.9)]
    assert summarize(answers, 0.0, 0.9).longest_silence_ms == pytest.approx(600)
    assert summarize(answers, 0.0, 2.0).longest_silence_ms == pytest.approx(1100)


def test_an_answer_that_came_after_the_end_counts_with_its_whole_latency() -> None:
    summary = summarize([(0.0, 0.1), (0.2, 1.2)], 0.0, 1.0)
    assert summary.num_answers == 1
    assert summary.max_ms == pytest.approx(1000)
    assert summary.longest_silence_ms == pytest.approx(900)


def test_pings_outside_the_moments_are_left_out() -> None:
    summary = summarize([(0.0, 0.9), (1.1, 1.2), (5.0, 9.0)], 1.0, 2.0)
    assert summary.num_answers == 1
    assert summary.p50_ms == summary.max_ms == pytest.approx(100)


def test_no_answer_at_all_is_one_long_silence() -> None:
    assert summarize([], 1.0, 3.0).longest_silence_ms == 2000


def test_a_server_that_holds_its_answers_back_is_silent_for_that_long(health: tuple[str, type[_Health]]) -> None:
    url, handler = health
    with Pinger(url) as pinger:
        handler.may_answer.clear()
        assert handler.is_holding.wait(DEADLINE_S)
        began = time.perf_counter()
        held = threading.Event().wait(0.1)
        ended = time.perf_counter()
        handler.may_answer.set()
    assert not held
    assert pinger.between(began, ended).num_answers == 0
    assert pinger.between(began, ended).longest_silence_ms >= 100


def test_it_pings_on_for_as_long_as_the_block_runs(health: tuple[str, type[_Health]]) -> None:
    url, handler = health
    began = time.perf_counter()
    with Pinger(url) as pinger:
        _wait_until_asked(handler, 5)
    assert pinger.between(began, time.perf_counter()).num_answers >= 5


def test_a_wrong_status_is_raised_at_the_end(health: tuple[str, type[_Health]]) -> None:
    url, handler = health
    handler.status = 503
    with pytest.raises(HTTPException, match="503"), Pinger(url):
        pass


def test_nobody_listening_is_raised_at_the_end() -> None:
    with pytest.raises(ConnectionRefusedError), Pinger("http://127.0.0.1:1"):
        pass
