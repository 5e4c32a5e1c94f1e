"""What the service is told is what the engine in process is told."""

from __future__ import annotations

from app.settings import Settings
from load.bench.serving import Serving


def test_the_service_has_a_setting_for_each_of_its_variables() -> None:
    limits = {"max_num_seqs": 5, "max_num_batched_tokens": 70, "max_model_len": 90}
    serving = Serving("cpu", num_threads=3, weights="int8", max_prefill_ms=7.5, **limits)
    names = {name.removeprefix("UNBLOCKED_").lower(): value for name, value in serving.settings().items()}
    read = Settings.model_validate(names)
    assert (read.device, read.engine, read.weights) == ("cpu", "batched", "int8")
    assert (read.num_engine_threads, read.max_num_seqs) == (3, 5)
    assert (read.max_num_batched_tokens, read.max_model_len, read.max_prefill_ms) == (70, 90, 7.5)
