"""A server that does not come up is said with the end of what it printed, and nothing is left behind."""

from __future__ import annotations

import signal

import pytest

from load.own_server import ServerNotReadyError, clean_termination, own_server


def test_a_server_that_ends_early_is_reported_with_what_it_printed() -> None:
    with (
        pytest.raises(ServerNotReadyError, match="max_num_seqs"),
        own_server({"UNBLOCKED_MAX_NUM_SEQS": "none"}, start_timeout_s=120),
    ):
        pytest.fail("a server with a wrong setting got ready")


def test_whoever_is_terminated_leaves_by_the_way_that_cleans_up() -> None:
    cleaned: list[bool] = []
    before = signal.getsignal(signal.SIGTERM)

    def work() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            cleaned.append(True)

    with pytest.raises(SystemExit) as left, clean_termination():
        work()
    assert left.value.code == 128 + signal.SIGTERM
    assert cleaned == [True]
    assert signal.getsignal(signal.SIGTERM) is before
