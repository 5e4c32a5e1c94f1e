from __future__ import annotations

from app.engine.protocol import SequenceOutput
from app.observability.metrics import Metrics
from app.service.requests import Usage
from app.service.stream_meter import StreamMeter


def output(*token_ids: int) -> SequenceOutput:
    return SequenceOutput("r", token_ids, num_cached_tokens=2)


def test_the_stage_follows_the_request() -> None:
    meter = StreamMeter(Metrics(), num_prompt_tokens=5)
    stages = [meter.stage]
    meter.start()
    stages.append(meter.stage)
    meter.take(output(1))
    assert [*stages, meter.stage] == ["queued", "prefill", "decode"]


def test_the_first_token_is_told_once() -> None:
    meter = StreamMeter(Metrics(), num_prompt_tokens=5)
    assert [meter.take(output()), meter.take(output(1, 2)), meter.take(output(3))] == [False, True, False]
    assert meter.usage == Usage(5, 3, 2)


def test_work_for_nothing_is_counted_and_whole_work_is_not() -> None:
    for is_whole, wasted in ((True, 0), (False, 2)):
        metrics = Metrics()
        meter = StreamMeter(metrics, num_prompt_tokens=5)
        meter.start()
        meter.take(output(1, 2))
        meter.end("stop" if is_whole else "cancelled", is_whole=is_whole)
        assert metrics.value("unblocked_tokens_wasted_total", kind="completion") == wasted
        assert metrics.value("unblocked_requests_cancelled_total", stage="decode") == (not is_whole)
