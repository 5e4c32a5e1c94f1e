"""The overload storm holds with a server that refuses properly and breaks with one that does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from load.storm import large_prompts, overload
from load.storm.health_probe import Ping
from load.storm.outcome import Fate, Outcome
from load.storm.overload import Findings, judge
from load.storm.peak import Cpu, Peak, ServerTooSickError, peak_of
from tests.load.storm.fake_server import DEADLINE_S, Asked, CloseConnectionError, FakeServer, chat_answer, http
from tests.load.storm.verdicts import broken, value

PEAK = Peak(goodput=10, p50_ms=100, p99_ms=200, deadline_s=1, calm_p99_ms=20, loop_ms=1, client_share=0.02)
NO_ANSWER = "requests without a proper answer"
Misdeed = Callable[[], bytes]


def hang_up() -> bytes:
    raise CloseConnectionError


class Crowded:
    """Serves requests without a deadline, and does something else to every other one that has one."""

    def __init__(self, misdeed: Misdeed) -> None:
        self._misdeed = misdeed
        self._number = 0

    async def __call__(self, asked: Asked) -> bytes:
        self._number += "x-request-timeout-ms" in asked.headers
        return self._misdeed() if self._number % 2 else chat_answer(asked)


@pytest.mark.parametrize(
    ("misdeed", "promises"),
    [
        (lambda: http(503, b"{}", Retry_After="1"), set()),
        (lambda: http(503, b"{}"), {"refusals without Retry-After"}),
        (lambda: http(500, b"{}"), {NO_ANSWER}),
        (lambda: http(400, b"{}"), {NO_ANSWER}),
        (hang_up, {NO_ANSWER}),
    ],
    ids=["proper", "no Retry-After", "500", "400", "hangs up"],
)
async def test_refusals_must_be_refusals(misdeed: Misdeed, promises: set[str]) -> None:
    async with FakeServer(routes={"/v1/chat/completions": Crowded(misdeed)}) as server, asyncio.timeout(DEADLINE_S):
        figures = await overload.rage(server.arena)
    assert broken(figures) == promises
    assert value(figures, "closed-loop peak") > 0


async def test_a_server_that_fails_without_load_is_too_sick_for_a_storm() -> None:
    async def fail(asked: Asked) -> bytes:
        return http(500, b"{}")

    async with FakeServer(routes={"/v1/chat/completions": fail}) as server, asyncio.timeout(DEADLINE_S):
        with pytest.raises(ServerTooSickError, match="failed"):
            await overload.rage(server.arena)


@pytest.mark.parametrize(("misdeed", "promises"), [(413, set()), (503, {NO_ANSWER}), (500, {NO_ANSWER})])
async def test_large_prompts_may_be_turned_down_but_not_lost(misdeed: int, promises: set[str]) -> None:
    async def answer(asked: Asked) -> bytes:
        return http(misdeed, b"{}") if len(asked.body) > 4000 else chat_answer(asked)

    async with FakeServer(routes={"/v1/chat/completions": answer}) as server, asyncio.timeout(DEADLINE_S):
        figures = await large_prompts.rage(server.arena)
    assert broken(figures) == promises
    assert value(figures, "large prompts") == 2


def found(*, num_good: int = 100, refusal_s: float = 0.005, ping_s: float = 0.005, late_s: float = 0.01) -> Findings:
    flood = [Outcome(0.1 * n, 0.1 * n, 0.1 * n + 0.5, Fate.COMPLETE, 200) for n in range(num_good)]
    flood += [Outcome(0.01 * n, 0.01 * n, 0.01 * n + refusal_s, Fate.REFUSED, 503) for n in range(900)]
    probes = [Outcome(10 + 0.1 * n, 10, 10 + 0.1 * n + late_s, Fate.COMPLETE, 200) for n in range(30)]
    pings: list[Ping] = [(0.02 * n, 0.02 * n, 0.02 * n + ping_s, 200) for n in range(500)]
    return Findings(PEAK, 100, 0.0, 10.0, flood, probes, pings, Cpu(10.0, client_s=0.5, loop_s=0.186))


@pytest.mark.parametrize(
    ("findings", "promises"),
    [
        (found(), set()),
        (found(num_good=85), {"goodput, share of the peak"}),
        (found(refusal_s=0.016), {"refusals p99"}),
        (found(ping_s=0.021), {"/healthz p99"}),
        (found(late_s=0.031), {"calm latency again after"}),
    ],
    ids=["good", "less done", "slow refusals", "slow health", "no recovery"],
)
def test_each_time_is_held_to_its_bar(findings: Findings, promises: set[str]) -> None:
    assert broken(judge(findings), judges_timings=True) == promises
    assert broken(judge(findings)) == set()


def test_a_refusal_costs_what_the_event_loop_did_beyond_answers_and_the_clients_share_is_told() -> None:
    figures = judge(found())
    assert value(figures, "and for a refusal") == pytest.approx(
        100
    )  # 96 of 186 ms were for 96 answers, the rest for 900
    assert value(figures, "the client's share of a core") == pytest.approx(5)
    assert value(figures, "the same at the peak") == pytest.approx(2)


def test_the_peak_counts_from_the_first_answer_to_the_planned_end() -> None:
    answers = [Outcome(0, 0, moment, Fate.COMPLETE, 200) for moment in (1.0, 1.5, 2.0, 2.5)]
    peak = peak_of(answers, answers[:1], began=0, ended=2.0)
    assert peak.goodput == pytest.approx(3, rel=0.01)
    assert peak.deadline_s == pytest.approx(5)
    slow = peak_of(answers, answers[:1], began=0, ended=0.5)
    assert slow.goodput == pytest.approx(4 / 1.5, rel=0.01)


def test_large_texts_have_their_length_and_differ() -> None:
    first, second = large_prompts.large_text(10_001, 0), large_prompts.large_text(10_001, 1)
    assert len(first) == len(second) == 10_001
    assert first != second
