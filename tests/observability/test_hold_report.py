from __future__ import annotations

import logging

import pytest

from app.observability.hold_report import Hold, HoldLog, Sample

HANDLER = Sample("GET /slow [id-1]", ("app/x.py:3 read", "app/x.py:9 handler"))
OTHER = Sample("GET /slow [id-1]", ("app/x.py:4 write", "app/x.py:9 handler"))


@pytest.mark.parametrize(
    ("hold", "words"),
    [
        (Hold(1.0, cpu_s=0.9, samples=(HANDLER,)), "by GET /slow [id-1], which computed for 900 ms; seen 1 of 1"),
        (Hold(1.0, cpu_s=0.1, starved_s=0.8, samples=(HANDLER,)), "for 800 ms of it the machine had no CPU for it"),
        (Hold(1.0, samples=(HANDLER,)), "by GET /slow [id-1], in a call that waits"),
        (Hold(1.0, cpu_s=0.9), "by something that was gone before it was seen, which computed for 900 ms"),
        (
            Hold(1.0, gil_s=0.9, threads={"pool_0": ("app/y.py:1 encode",)}),
            "kept the GIL for 900 ms; at work then: pool_0:",
        ),
        (Hold(1.0, gil_s=0.3, starved_s=0.6), "a call in another thread kept the GIL for 300 ms"),
        (Hold(1.0, gil_s=0.9, cpu_s=0.8, samples=(HANDLER,)), "by GET /slow [id-1], which computed for 800 ms"),
        (Hold(7.0, samples=(HANDLER,), is_over=False), "has been held 7000 ms by GET /slow [id-1]; seen"),
    ],
)
def test_the_line_says_who_and_how(hold: Hold, words: str) -> None:
    assert words in str(hold)


def test_the_place_that_was_seen_most_is_named() -> None:
    text = str(Hold(1.0, samples=(OTHER, HANDLER, HANDLER)))
    assert text.endswith("seen 2 of 3 times: app/x.py:3 read < app/x.py:9 handler")


def test_one_line_in_ten_seconds_and_the_next_counts_what_was_left_out(caplog: pytest.LogCaptureFixture) -> None:
    now = [100.0]
    log = HoldLog(clock=lambda: now[0])
    for at_s in (100.0, 101.0, 109.9, 110.0):
        now[0] = at_s
        log(Hold(0.5))
    first, second = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert "more" not in first
    assert second.endswith("(2 more holds since the last such line)")
