"""The engine that fits a model, and the limits that fit the memory."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import torch

from app.engine.compatibility import UnsupportedArchitectureError
from app.engine.factory import EngineOptions, build_engine, engine_around, is_too_small_to_share
from app.engine.llm_engine import LLMEngine
from app.engine.per_request_engine import PerRequestEngine
from app.errors import ConfigurationError, PromptTooLongError
from tests.engine.drive import Drive, answer_alone, greedy_params
from tests.engine.references import generate, greedy
from tests.engine.test_compatibility import UNSUPPORTED, make_unsupported
from tests.engine.tiny_models import copy_model, make_prompts

PROMPTS = make_prompts([12, 30, 3])
BYTES_PER_TOKEN = 3 * 2 * 16 * 4  # layers, KV heads, key and value, float32


@pytest.fixture
def _unfrozen() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    gc.unfreeze()
    torch.set_num_threads(threads)


@pytest.mark.parametrize("model_type", UNSUPPORTED)
def test_model_that_cannot_be_batched_is_served_by_generate(model_type: str, caplog: pytest.LogCaptureFixture) -> None:
    model = make_unsupported(model_type)
    expected = [generate(model, prompt, 8) for prompt in PROMPTS]
    with caplog.at_level(logging.WARNING):
        engine = engine_around(model, EngineOptions("tiny"))
    assert isinstance(engine, PerRequestEngine)
    assert UNSUPPORTED[model_type][1] in caplog.text
    assert engine.info.kind == "per-request"
    drive = Drive(engine)
    for number, prompt in enumerate(PROMPTS):
        drive.add(str(number), prompt, greedy_params(8))
    answers = drive.finish()
    assert [answers[str(number)].token_ids for number in range(len(PROMPTS))] == expected
    engine.close()


def test_batched_on_demand_refuses_what_cannot_be_batched() -> None:
    with pytest.raises(UnsupportedArchitectureError, match="attention interface"):
        engine_around(make_unsupported("stablelm"), EngineOptions("tiny", kind="batched"))


def test_per_request_on_demand_is_taken_for_any_model() -> None:
    engine = engine_around(copy_model("llama"), EngineOptions("tiny", kind="per-request"))
    assert isinstance(engine, PerRequestEngine)
    engine.close()


@pytest.mark.usefixtures("_unfrozen")
@pytest.mark.parametrize("kind", ["auto", "per-request"])
def test_engine_is_built_from_a_folder(tmp_path: Path, kind: Literal["auto", "per-request"]) -> None:
    copy_model("llama").save_pretrained(tmp_path)
    engine = build_engine(EngineOptions(str(tmp_path), dtype="float32", kind=kind, device="cpu"))
    info = engine.info
    assert (info.vocab_size, info.max_model_len, info.dtype, info.device) == (199, 256, "float32", "cpu")
    assert answer_alone(engine, PROMPTS[0], greedy_params(8)).token_ids == greedy("llama", PROMPTS[0], 8)
    engine.close()


@pytest.mark.usefixtures("_unfrozen")
def test_step_too_small_for_its_sequences_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="must be greater than max_num_seqs"):
        build_engine(EngineOptions("tiny", max_num_seqs=32, max_num_batched_tokens=32))


def test_cache_takes_a_share_of_the_memory(caplog: pytest.LogCaptureFixture) -> None:
    available = int(3.5 * 256 * BYTES_PER_TOKEN / 0.4)
    engine = engine_around(copy_model("llama"), EngineOptions("tiny", available_memory_bytes=available))
    assert isinstance(engine, LLMEngine)
    assert engine.scheduler.cache.num_slots == engine.info.max_num_seqs == 3
    assert "memory holds 3 sequences of 256 tokens" in caplog.text


def test_memory_for_less_than_one_sequence_is_refused() -> None:
    available = int(0.9 * 256 * BYTES_PER_TOKEN / 0.4)
    with pytest.raises(ConfigurationError, match="max_model_len=256"):
        engine_around(copy_model("llama"), EngineOptions("tiny", available_memory_bytes=available))


def test_prompt_longer_than_the_whole_cache_is_refused_not_kept_waiting() -> None:
    engine = engine_around(copy_model("llama"), EngineOptions("tiny", kv_cache_max_tokens=20))
    assert engine.info.max_model_len == 20
    with pytest.raises(PromptTooLongError):
        answer_alone(engine, PROMPTS[1], greedy_params(1))
    assert answer_alone(engine, PROMPTS[0], greedy_params(50)).token_ids == greedy("llama", PROMPTS[0], 8)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("kind", ["batched", "per-request"])
def test_half_precision_stays_close_to_float32(dtype: torch.dtype, kind: Literal["batched", "per-request"]) -> None:
    """The tokens of a random model soon part ways; the first one is far enough from the next best to hold."""
    model = copy_model("llama").to(dtype)
    engine = engine_around(model, EngineOptions("tiny", kind=kind))
    assert engine.info.dtype == str(dtype).removeprefix("torch.")
    drive = Drive(engine)
    for number, prompt in enumerate(PROMPTS):
        drive.add(str(number), prompt, greedy_params(4))
    answers = drive.finish()
    firsts = [answers[str(number)].token_ids[0] for number in range(len(PROMPTS))]
    assert firsts == [greedy("llama", prompt, 1)[0] for prompt in PROMPTS]
    assert all(len(answer.token_ids) == 4 for answer in answers.values())
    engine.close()


def test_two_engines_live_side_by_side() -> None:
    """Nothing of an engine is global: their steps may alternate."""
    drives: list[tuple[str, Any]] = []
    for architecture in ("llama", "gemma2"):
        drive = Drive(engine_around(copy_model(architecture), EngineOptions("tiny")))
        drive.add("a", PROMPTS[0], greedy_params(8))
        drives.append((architecture, drive))
    for _ in range(8):
        for _, drive in drives:
            drive.step()
    for architecture, drive in drives:
        assert drive.finish()["a"].token_ids == greedy(architecture, PROMPTS[0], 8)


@pytest.mark.usefixtures("_unfrozen")
@pytest.mark.parametrize(("num_threads", "expected"), [(None, 1), (2, 2)])
def test_a_small_model_gets_one_thread_unless_told_otherwise(
    num_threads: int | None, expected: int, tmp_path: Path
) -> None:
    copy_model("llama").save_pretrained(tmp_path)
    build_engine(EngineOptions(str(tmp_path), device="cpu", num_threads=num_threads, num_cpus=2)).close()
    assert torch.get_num_threads() == expected


def test_a_model_is_too_small_to_share_by_its_parameters() -> None:
    assert is_too_small_to_share(torch.nn.Linear(1000, 29_999, bias=False))
    assert not is_too_small_to_share(torch.nn.Linear(1000, 30_000, bias=False))
