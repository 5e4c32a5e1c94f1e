"""Every answer comes to a fate, and latency counts from the moment at which the request was due."""

from __future__ import annotations

import math

import pytest

from load.storm.answer import AnswerReader
from load.storm.outcome import (
    Fate,
    Outcome,
    fate_of,
    goodput,
    lag_ms,
    latency_ms,
    of_fate,
    recovered_after_s,
)
from tests.load.storm.fake_server import DONE, event, http, stream


def outcome(planned: float, ended: float, *, sent: float | None = None, fate: Fate = Fate.COMPLETE) -> Outcome:
    return Outcome(planned, planned if sent is None else sent, ended, fate)


@pytest.mark.parametrize(
    ("raw", "fate"),
    [
        (http(200, b"{}"), Fate.COMPLETE),
        (stream(DONE), Fate.COMPLETE),
        (http(503, b"{}", Retry_After="1"), Fate.REFUSED),
        (http(429, b"{}", Retry_After="30"), Fate.REFUSED),
        (http(503, b"{}"), Fate.UNTIMED),
        (http(503, b"{}", Retry_After="0"), Fate.UNTIMED),
        (http(503, b"{}", Retry_After="soon"), Fate.UNTIMED),
        (http(504, b"{}"), Fate.EXPIRED),
        (stream(event(error={"code": "deadline_exceeded"})), Fate.EXPIRED),
        (stream(event(error={"code": "draining"})), Fate.BROKEN_OFF),
        (stream(event(choices=[])), Fate.FAILED),
        (http(400, b"{}"), Fate.REJECTED),
        (http(500, b"{}"), Fate.FAILED),
        (http(502, b"{}"), Fate.FAILED),
        (http(302, b"{}"), Fate.FAILED),
    ],
)
def test_each_answer_has_its_fate(raw: bytes, fate: Fate) -> None:
    reader = AnswerReader()
    reader.feed(raw, 0.0)
    assert fate_of(reader.answer) is fate


def test_a_client_that_is_late_itself_does_not_flatter_the_server() -> None:
    late = outcome(1.0, 1.5, sent=1.4)
    assert late.latency_s == pytest.approx(0.5)
    assert latency_ms([late], 0.99) == pytest.approx(500)
    assert lag_ms([late], 0.99) == pytest.approx(400)


def test_goodput_counts_whole_answers_in_time_between_two_moments() -> None:
    outcomes = [
        outcome(0.0, 0.9),  # before
        outcome(0.5, 1.5),
        outcome(1.0, 2.0),
        outcome(0.0, 2.0),  # too late for itself
        outcome(1.0, 1.2, fate=Fate.REFUSED),
        outcome(2.5, 3.1),  # after
    ]
    assert goodput(outcomes, began=1.0, ended=3.0, deadline_s=1.0) == pytest.approx(1.0)


def test_recovered_means_from_then_on_fast_and_complete() -> None:
    fast = [outcome(10 + moment, 10 + moment + 0.01) for moment in (0.1, 0.3, 0.5)]
    slow, refused = outcome(10.2, 11.0), outcome(10.4, 10.41, fate=Fate.REFUSED)
    assert recovered_after_s(fast, since=10, limit_ms=20) == pytest.approx(0.1)
    assert recovered_after_s([*fast, slow], since=10, limit_ms=20) == pytest.approx(0.3)
    assert recovered_after_s([*fast[:2], refused, fast[2]], since=10, limit_ms=20) == pytest.approx(0.5)
    assert recovered_after_s([*fast, outcome(10.6, 12)], since=10, limit_ms=20) == math.inf
    assert recovered_after_s([], since=10, limit_ms=20) == math.inf


def test_outcomes_are_found_by_fate() -> None:
    good, bad = outcome(0, 1), outcome(0, 1, fate=Fate.LOST)
    assert of_fate([good, bad], Fate.LOST, Fate.FAILED) == [bad]
