"""The whole client against real sockets. What a busy machine may add to a delay is left open here; the arithmetic is
exact in test_summary and test_sample. The one that asks for 5 percent is slow and runs alone.
"""

from __future__ import annotations

import asyncio
import io
from statistics import median

import pytest

from load.storm.connection import Pool, Target
from load.storm.outcome import Fate
from load.traffic.drive import REFUSED_PAUSE_S, Caller, drive
from load.traffic.part import Part
from load.traffic.peak import NUM_CLIENTS, NoPeakError, measure_peak, peak_of, rate_of
from load.traffic.progress import Progress
from load.traffic.prompts import Dialect
from load.traffic.scenario import Beside, Limits, Scenario
from load.traffic.subject import Subject
from load.traffic.summary import summarize
from tests.load.storm.fake_server import DEADLINE_S, Asked, FakeServer, http
from tests.load.traffic.known_server import Delays, known_server
from tests.load.traffic.made_up import sample, scenario


def seconds(duration_s: float, *, rate: float) -> Scenario:
    return scenario(arrivals={"kind": "constant", "rate": rate, "duration_s": duration_s})


async def driven(server: FakeServer, asked: Scenario, *, beside: Beside | None = None) -> Part:
    subject = Subject(server.target, Dialect())
    rate = await rate_of(subject, asked, screen=io.StringIO())
    async with asyncio.timeout(DEADLINE_S):
        return await drive(subject, asked, rate=rate, screen=io.StringIO(), beside=beside)


async def test_nothing_is_reported_faster_than_it_was() -> None:
    async with known_server(Delays(ttft_s=0.2, itl_s=0.1)) as server:
        part = await driven(server, seconds(0.5, rate=10.0))
    assert len(part.samples) == 5
    for found in part.samples:
        assert found.is_complete
        assert found.num_tokens == len(found.moments) == 4
        assert found.ttft_ms >= 199
        assert found.tpot_ms is not None
        assert found.e2e_ms >= found.ttft_ms + 3 * found.tpot_ms - 1 >= 490
        assert found.num_prompt_tokens == 20


async def test_a_stall_of_a_real_server_shows_in_every_request_that_was_due_in_it() -> None:
    delays = Delays(stall=(0.0, 1.0))
    async with known_server(delays) as server:
        part = await driven(server, seconds(0.6, rate=10.0))
    assert len(part.samples) == 6
    # On a very slow machine the stall may be over when the last ones come; the first never escapes it.
    waits = [delays.stalled_s(moment) for moment in sorted(delays.came)]
    assert waits[0] == pytest.approx(1.0)
    for found, waited_s in zip(sorted(part.samples, key=lambda found: found.due), waits, strict=True):
        assert found.ttft_ms >= 1000 * waited_s


async def test_health_server_and_what_is_asked_besides_are_seen_in_the_same_run() -> None:
    async def slow(asked: Asked) -> bytes:
        return http(200, b"{}")

    async with known_server(Delays()) as server:
        server.routes["/lab/x"] = slow
        beside = Beside(name="x", path="/lab/x", every_s=0.1)
        part = await driven(server, seconds(0.4, rate=10.0), beside=beside)
    assert part.name == "x"
    assert [status for *_, status in part.beside] == [200] * 4
    assert part.health
    assert {status for *_, status in part.health} == {200}
    assert part.levels is not None
    assert set(part.levels) == {"x_sequences_running"}
    assert part.client_cpu_share >= 0


async def test_a_closed_loop_is_labelled_and_waits() -> None:
    closed = scenario(arrivals={"kind": "closed", "num_clients": 2, "duration_s": 0.3})
    async with known_server(Delays(ttft_s=0.05)) as server:
        part = await driven(server, closed)
    assert part.label.startswith("closed loop")
    assert part.rate is None
    assert 2 <= len(part.samples) <= 12
    assert {found.delay_ms for found in part.samples} == {0.0}


async def test_a_client_of_a_closed_loop_that_is_refused_waits_before_it_asks_again() -> None:
    async def refuse(asked: Asked) -> bytes:
        return http(503, b"{}", Retry_After="1")

    closed = scenario(arrivals={"kind": "closed", "num_clients": 2, "duration_s": REFUSED_PAUSE_S / 2})
    async with known_server(Delays()) as server:
        server.routes["/v1/chat/completions"] = refuse
        part = await driven(server, closed)
    assert [found.fate for found in part.samples] == [Fate.REFUSED] * 2


async def test_a_rate_of_the_peak_is_measured_by_a_closed_loop() -> None:
    delays = Delays(ttft_s=0.05)
    async with known_server(delays) as server:
        subject = Subject(server.target, Dialect())
        peak = await measure_peak(subject, scenario(), screen=io.StringIO(), duration_s=0.4)
    assert peak > 0
    assert len(delays.came) >= NUM_CLIENTS


def test_the_peak_is_counted_from_the_first_answer_to_the_times_end() -> None:
    samples = [sample(due, ttft_s=0.5, num_tokens=1) for due in (0.0, 0.5, 1.0, 1.5, 2.5)]
    assert peak_of(samples, duration_s=2.5) == pytest.approx(3 / 2.0)
    assert peak_of(samples, duration_s=0.1) == pytest.approx(4 / 2.5)
    with pytest.raises(NoPeakError, match="1 of 1"):
        peak_of(samples[:1], duration_s=1.0)


async def test_a_server_that_never_answers_or_is_gone_costs_a_request_and_not_the_run() -> None:
    never = asyncio.Event()

    async def hang(asked: Asked) -> bytes:
        await never.wait()
        return b""

    async with FakeServer(routes={"/x": hang}) as server, asyncio.timeout(DEADLINE_S):
        for target in (server.target, Target("127.0.0.1", 1, 0)):
            async with Pool(target) as pool:
                caller = Caller(pool, Progress("x", 1.0), began=0.0, patience_s=0.05)
                assert (await caller.ask(b"GET /x HTTP/1.1\r\n\r\n")).fate is Fate.LOST


@pytest.mark.slow
async def test_known_delays_are_reported_within_5_percent() -> None:
    async with known_server(Delays(ttft_s=0.4, itl_s=0.2)) as server:
        part = await driven(server, seconds(5.0, rate=10.0))
    found = summarize(part, Limits())
    assert found.is_valid
    assert found.ttft_ms.p50 == pytest.approx(400, rel=0.05)
    assert found.itl_ms.p50 == pytest.approx(200, rel=0.05)
    assert found.tpot_ms.p50 == pytest.approx(200, rel=0.05)
    assert found.e2e_ms.p50 == pytest.approx(1000, rel=0.05)


@pytest.mark.slow
async def test_a_stall_of_a_second_is_reported_within_5_percent_in_every_request_that_was_due_in_it() -> None:
    delays = Delays(ttft_s=0.4, stall=(2.05, 3.05))
    async with known_server(delays) as server:
        part = await driven(server, seconds(5.0, rate=10.0))
    waits = [1000 * delays.stalled_s(moment) for moment in sorted(delays.came)]
    assert sum(wait > 0 for wait in waits) == 10
    seen = [found.ttft_ms for found in sorted(part.samples, key=lambda found: found.due)]
    errors = [ttft / (400 + wait) - 1 for ttft, wait in zip(seen, waits, strict=True)]
    assert min(errors) > -0.01  # not one of them looks faster than it was
    assert median(errors) < 0.05
    assert median(error for error, wait in zip(errors, waits, strict=True) if wait) < 0.05
