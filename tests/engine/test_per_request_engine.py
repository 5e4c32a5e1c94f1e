"""The textbook engine behind the same protocol: the same answers, one request a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from app.engine.factory import EngineOptions, engine_around
from app.engine.per_request_engine import PerRequestEngine
from app.engine.sampling_params import SamplingParams
from app.errors import InvalidRequestError, PromptTooLongError, SequenceFailedError
from tests.engine.drive import Drive, answer_alone, greedy_params, make_engine
from tests.engine.references import greedy
from tests.engine.test_batching import PROMPTS, SETTINGS, answer_crowd
from tests.engine.tiny_models import copy_model

DEADLINE_S = 30


@pytest.fixture
def model() -> Any:
    return copy_model("llama")


@pytest.fixture
def engine(model: Any) -> Iterator[PerRequestEngine]:
    engine = engine_around(model, EngineOptions("tiny", kind="per-request", max_model_len=128))
    assert isinstance(engine, PerRequestEngine)
    yield engine
    engine.close()


class Gate:
    """Holds the model before its forward pass number `stop_at`, until the test opens."""

    def __init__(self, model: Any, stop_at: int) -> None:
        self._model, self._forward, self._stop_at = model, model.forward, stop_at
        self.num_calls = 0
        self.reached, self.opened = threading.Event(), threading.Event()
        model.forward = self

    def __call__(self, *args: Any, **options: Any) -> Any:
        self.num_calls += 1
        if self.num_calls == self._stop_at:
            self.reached.set()
            assert self.opened.wait(DEADLINE_S)
        return self._forward(*args, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._forward, name)


def test_greedy_answers_equal_generate(engine: PerRequestEngine) -> None:
    drive = Drive(engine)
    for number, prompt in enumerate(PROMPTS):
        drive.add(str(number), prompt, greedy_params(12))
    answers = drive.finish()
    for number, prompt in enumerate(PROMPTS):
        assert answers[str(number)].token_ids == greedy("llama", prompt, 12)
        assert answers[str(number)].finish_reason == "length"


def test_every_setting_gives_the_batched_engines_tokens(engine: PerRequestEngine) -> None:
    drive = Drive(engine)
    for number, (prompt, params) in enumerate(zip(PROMPTS, SETTINGS, strict=True)):
        drive.add(str(number), prompt, params)
    answers = drive.finish()
    assert [answers[str(number)].token_ids for number in range(len(PROMPTS))] == answer_crowd(make_engine())


def test_stop_tokens_end_tokens_and_limits(model: Any) -> None:
    expected = greedy("llama", PROMPTS[0], 12)
    model.generation_config.eos_token_id = expected[4]
    engine = engine_around(model, EngineOptions("tiny", kind="per-request", max_model_len=18))
    place = expected.index(expected[4]) + 1
    ended = answer_alone(engine, PROMPTS[0], greedy_params(12, ignore_eos=False))
    assert (ended.token_ids, ended.finish_reason) == (expected[:place], "stop")
    ignored = answer_alone(engine, PROMPTS[0], greedy_params(12))
    assert (ignored.token_ids, ignored.finish_reason) == (expected[:6], "length")
    stopped = answer_alone(engine, PROMPTS[0], greedy_params(12, stop_token_ids=frozenset({expected[2]})))
    assert (stopped.token_ids, stopped.finish_reason) == (expected[: expected.index(expected[2]) + 1], "stop")
    engine.close()


def test_models_own_generation_settings_do_not_change_answers(model: Any) -> None:
    model.generation_config.repetition_penalty = 1.8
    model.generation_config.suppress_tokens = greedy("llama", PROMPTS[0], 12)[:3]
    engine = engine_around(model, EngineOptions("tiny", kind="per-request"))
    assert answer_alone(engine, PROMPTS[0], greedy_params(12)).token_ids == greedy("llama", PROMPTS[0], 12)
    engine.close()


def test_what_cannot_be_served_is_refused(engine: PerRequestEngine) -> None:
    drive = Drive(engine)
    with pytest.raises(PromptTooLongError):
        drive.add("a", [1] * 128, greedy_params(3))
    with pytest.raises(InvalidRequestError):
        drive.add("a", [], greedy_params(3))
    drive.add("a", PROMPTS[0], greedy_params(3))
    with pytest.raises(InvalidRequestError, match="id is running"):
        drive.add("a", PROMPTS[0], greedy_params(3))
    assert drive.finish()["a"].token_ids == greedy("llama", PROMPTS[0], 3)


def test_step_without_work_does_not_wait(engine: PerRequestEngine) -> None:
    assert engine.step().sequences == ()


def test_abort_before_the_start_computes_nothing(model: Any, engine: PerRequestEngine) -> None:
    gate = Gate(model, stop_at=1)
    drive = Drive(engine)
    drive.add("running", PROMPTS[0], greedy_params(3))
    drive.add("waiting", PROMPTS[1], greedy_params(3))
    assert gate.reached.wait(DEADLINE_S)
    assert (engine.stats().num_running, engine.stats().num_waiting) == (1, 1)
    drive.abort("waiting")
    gate.opened.set()
    answers = drive.finish()
    assert answers["waiting"].token_ids == []
    assert answers["running"].token_ids == greedy("llama", PROMPTS[0], 3)
    assert gate.num_calls == 3


def test_abort_stops_after_the_token_in_work(model: Any, engine: PerRequestEngine) -> None:
    gate = Gate(model, stop_at=4)
    drive = Drive(engine)
    drive.add("a", PROMPTS[0], greedy_params(100))
    drive.add("next", PROMPTS[1], greedy_params(3))
    assert gate.reached.wait(DEADLINE_S)
    drive.abort("a")
    gate.opened.set()
    assert drive.finish()["next"].token_ids == greedy("llama", PROMPTS[1], 3)
    assert gate.num_calls == 4 + 3
    assert drive.answers["a"].token_ids == []


def test_id_of_an_aborted_request_may_be_used_again_at_once(model: Any, engine: PerRequestEngine) -> None:
    gate = Gate(model, stop_at=4)
    drive = Drive(engine)
    drive.add("a", PROMPTS[0], greedy_params(100))
    assert gate.reached.wait(DEADLINE_S)
    drive.abort("a")
    drive.add("a", PROMPTS[1], greedy_params(5))
    gate.opened.set()
    assert drive.finish()["a"].token_ids == greedy("llama", PROMPTS[1], 5)


def test_abort_of_the_finished_and_the_unknown_does_nothing(engine: PerRequestEngine) -> None:
    answer_alone(engine, PROMPTS[0], greedy_params(3))
    engine.abort("alone")
    engine.abort("never there")
    assert not engine.has_work()


def test_error_in_the_model_ends_only_its_own_request(model: Any, engine: PerRequestEngine) -> None:
    forward = model.forward

    def fail_on_the_first_prompt(*args: Any, **options: Any) -> Any:
        if options["input_ids"].tolist() == [PROMPTS[0]]:
            raise RuntimeError("secret words")
        return forward(*args, **options)

    model.forward = fail_on_the_first_prompt
    drive = Drive(engine)
    for number, prompt in enumerate(PROMPTS[:3]):
        drive.add(str(number), prompt, greedy_params(5))
    answers = drive.finish()
    assert answers["0"].finish_reason == "error"
    assert isinstance(answers["0"].error, SequenceFailedError)
    assert "secret" not in str(answers["0"].error)
    for number in (1, 2):
        assert answers[str(number)].token_ids == greedy("llama", PROMPTS[number], 5)


def test_infinite_logits_end_the_request(model: Any, engine: PerRequestEngine) -> None:
    with torch.no_grad():
        model.lm_head.weight[7] = float("nan")
    answer = answer_alone(engine, PROMPTS[0], greedy_params(5))
    assert answer.finish_reason == "error"
    assert isinstance(answer.error, SequenceFailedError)


def test_close_ends_its_threads(model: Any) -> None:
    engine = engine_around(model, EngineOptions("tiny", kind="per-request"))
    drive = Drive(engine)
    drive.add("a", PROMPTS[0], SamplingParams(max_tokens=50, ignore_eos=True))
    drive.add("b", PROMPTS[1], SamplingParams(max_tokens=50, ignore_eos=True))
    drive.step()
    engine.close()
    engine.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("generate")]
    assert not engine.has_work()


def test_repr_tells_how_many_it_serves(engine: PerRequestEngine) -> None:
    assert repr(engine) == "<PerRequestEngine 0 requests>"
