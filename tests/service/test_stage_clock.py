from __future__ import annotations

from app.service.stage_clock import Stage, StageClock
from tests.service.chat_harness import read, running
from tests.service.fake_engine import FakeEngine


def clock_of(*times_s: float) -> StageClock:
    times = iter(times_s)
    return StageClock(clock=lambda: next(times))


def test_each_stage_lasts_from_the_end_of_the_one_before() -> None:
    clock = clock_of(10.0, 11.0, 13.0, 17.0, 25.0)
    stages: list[Stage] = ["tokenize", "queue", "prefill", "decode"]
    for number, stage in enumerate(stages):
        assert len(clock.durations_s()) == number
        clock.end(stage)
    assert clock.durations_s() == {"tokenize": 1.0, "queue": 2.0, "prefill": 4.0, "decode": 8.0}


def test_of_many_answers_the_first_to_start_and_the_last_to_end_count() -> None:
    clock = clock_of(0.0, 1.0, 2.0, 3.0, 4.0, 9.0)
    clock.end("tokenize")
    clock.end("queue")
    clock.end("queue")  # reads no clock
    clock.end("prefill")
    clock.end("prefill")
    clock.end("decode")
    clock.end("decode")
    assert clock.durations_s() == {"tokenize": 1.0, "queue": 1.0, "prefill": 1.0, "decode": 6.0}


def test_an_answer_that_ended_before_its_first_token_has_no_decode() -> None:
    clock = clock_of(0.0, 1.0, 2.0)
    clock.end("tokenize")
    clock.end("decode")
    assert clock.durations_s() == {"tokenize": 1.0}


async def test_the_service_notes_every_stage_of_an_answer() -> None:
    async with running(FakeEngine([3])) as harness:
        stages = StageClock()
        stream = await harness.open(stages=stages)
        assert "tokenize" in stages.durations_s()
        await read(stream)
        assert list(stages.durations_s()) == ["tokenize", "queue", "prefill", "decode"]
        assert all(seconds >= 0 for seconds in stages.durations_s().values())
