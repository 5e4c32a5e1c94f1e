"""What a server counts while it is under load, and a server that counts nothing."""

from __future__ import annotations

import asyncio

from load.storm.meters import Meters
from load.traffic.server_watch import ServerWatch, watched_server
from tests.load.storm.fake_server import DEADLINE_S, Asked, FakeServer, http


async def test_a_server_is_read_before_during_and_after() -> None:
    meters = {"x_requests_total": 5.0, "x_sequences_running": 1.0}
    read_again = asyncio.Event()

    async def metrics(asked: Asked) -> bytes:
        if len(server.asked) == 3:
            read_again.set()  # what was said the second time has been read
        return http(200, "".join(f"{name} {value}\n" for name, value in meters.items()).encode())

    async with FakeServer(routes={"/metrics": metrics}) as server, asyncio.timeout(DEADLINE_S):
        async with watched_server(server.target, interval_s=0.001) as watch:
            meters["x_sequences_running"] = 4.0
            await read_again.wait()
            meters.update(x_sequences_running=0.0, x_requests_total=8.0)
        assert watch.changes() == {"x_requests_total": 3.0}
        values = [value for _, value in watch.levels(began=0.0)["x_sequences_running"]]
    assert (values[0], max(values), values[-1]) == (1.0, 4.0, 0.0)


def test_histograms_are_told_as_means_of_the_run_alone() -> None:
    before = Meters({'q_seconds_count{a="b"}': 10.0, 'q_seconds_sum{a="b"}': 100.0, "still_total": 3.0})
    after = Meters({'q_seconds_count{a="b"}': 14.0, 'q_seconds_sum{a="b"}': 102.0, "still_total": 3.0})
    assert ServerWatch([(0.0, before), (1.0, after)]).changes() == {'q_seconds_mean{a="b"}': 0.5}


def test_levels_are_what_runs_and_waits_by_whatever_name_and_from_the_runs_beginning() -> None:
    meters = Meters({"vllm:num_requests_running": 2.0, 'tgi_queue_waiting{x="y"}': 1.0, "running_total": 9.0})
    assert ServerWatch([(5.0, meters)]).levels(began=4.0) == {
        "vllm:num_requests_running": [(1.0, 2.0)],
        "tgi_queue_waiting": [(1.0, 1.0)],
    }


async def test_a_server_without_metrics_is_no_fault() -> None:
    async def page(asked: Asked) -> bytes:
        return http(404, b"<p>Not Found</p>")

    async with FakeServer(routes={"/metrics": page}) as server, asyncio.timeout(DEADLINE_S):
        async with watched_server(server.target, interval_s=0.001) as watch:
            await asyncio.sleep(0)
        assert (watch.changes(), watch.levels(began=0.0)) == ({}, {})
