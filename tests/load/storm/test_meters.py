"""What /metrics says is read, summed over labels, and waited for."""

from __future__ import annotations

import asyncio

from load.storm.meters import MeterReader, parse_meters
from tests.load.storm.fake_server import DEADLINE_S, Asked, FakeServer, http

TEXT = """\
# HELP unblocked_requests_cancelled_total Where clients left.
unblocked_requests_cancelled_total{stage="queued"} 3.0
unblocked_requests_cancelled_total{stage="decode"} 4.0
unblocked_sequences_running 2.0
unblocked_sequences_waiting 0.0
unblocked_engine_step_seconds_count 1.7e+02
"""


def test_samples_are_summed_over_labels_or_one_label() -> None:
    meters = parse_meters(TEXT)
    assert meters.total("unblocked_requests_cancelled_total") == 7
    assert meters.total("unblocked_requests_cancelled_total", "decode") == 4
    assert meters.total("unblocked_requests") == 0
    assert meters.num_steps == 170


def test_only_gauges_that_hold_something_are_held() -> None:
    assert parse_meters(TEXT).held == {"unblocked_sequences_running": 2}


async def test_reading_goes_on_until_nothing_is_held() -> None:
    left = [2, 1, 0]

    async def metrics(asked: Asked) -> bytes:
        return http(200, f"unblocked_sequences_running {left.pop(0)}\n".encode())

    async with FakeServer(routes={"/metrics": metrics}) as server, asyncio.timeout(DEADLINE_S):
        reader = MeterReader(server.target)
        assert not (await reader.read_when_idle(within_s=DEADLINE_S)).held
        reader.close()
    assert left == []
    assert server.num_connections == 1


async def test_what_is_still_held_when_time_is_up_is_told() -> None:
    async with FakeServer(meters={"unblocked_accepted_requests": 1}) as server, asyncio.timeout(DEADLINE_S):
        reader = MeterReader(server.target)
        assert (await reader.read_when_idle(within_s=0)).held == {"unblocked_accepted_requests": 1}
        reader.close()
