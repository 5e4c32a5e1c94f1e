"""A server of an experiment is there for a block, and what does not serve is told."""

from __future__ import annotations

import urllib.request

import pytest

from load.matrix.memory import num_threads, own_bytes, resident_bytes
from load.matrix.served import served
from load.storm.proc import is_alive


def test_a_slow_server_answers_while_the_block_runs_and_is_gone_after_it() -> None:
    with served("load.matrix.slow_server", "1") as server:
        with urllib.request.urlopen(server.url, timeout=30) as answer:
            assert answer.read() == b"slow\n"
        assert num_threads(server.pid) >= 1
        assert 0 < own_bytes(server.pid) <= resident_bytes(server.pid)
    assert not is_alive(server.pid)


def test_a_module_that_serves_nothing_is_an_error_that_says_what_it_printed() -> None:
    with pytest.raises(ChildProcessError, match=r"load\.matrix\.scale printed ''"), served("load.matrix.scale"):
        pass
