"""A server that does not come up is said with the end of what it printed, and nothing is left behind."""

from __future__ import annotations

import pytest

from load.own_server import ServerNotReadyError, own_server


def test_a_server_that_ends_early_is_reported_with_what_it_printed() -> None:
    with (
        pytest.raises(ServerNotReadyError, match="max_num_seqs"),
        own_server({"UNBLOCKED_MAX_NUM_SEQS": "none"}, start_timeout_s=120),
    ):
        pytest.fail("a server with a wrong setting got ready")
