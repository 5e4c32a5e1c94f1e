from __future__ import annotations

import random

from app.observability.loop_delays import LoopDelays


def test_the_largest_delay_since_any_moment_is_known() -> None:
    rng = random.Random(7)
    noted = [(float(at), rng.random()) for at in range(200)]
    delays = LoopDelays()
    for at, delay in noted:
        delays.note(at, delay)
    for since in (-1.0, 0.0, 57.0, 57.5, 198.0, 199.0):
        assert delays.largest_since(since) == max(delay for at, delay in noted if at >= since)
    assert delays.largest_since(199.5) == 0.0


def test_what_is_kept_is_bounded_and_the_newest_is_kept() -> None:
    delays = LoopDelays(max_kept=3)
    for at in range(10):
        delays.note(at, 10.0 - at)  # falling: none makes an earlier one needless
    assert delays.largest_since(0) == 3.0
    assert delays.largest_since(9) == 1.0


def test_nothing_noted_is_no_delay() -> None:
    assert LoopDelays().largest_since(0.0) == 0.0
