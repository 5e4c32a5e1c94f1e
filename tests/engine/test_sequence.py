"""A sequence's own arithmetic: what is left to compute, when it ends, what it draws."""

from __future__ import annotations

from typing import Any

from app.engine.protocol import EngineRequest
from app.engine.sampling_params import SamplingParams
from app.engine.sequence import Sequence


def make_sequence(prompt: tuple[int, ...] = (1, 2, 3), **settings: Any) -> Sequence:
    return Sequence(EngineRequest("a", prompt, SamplingParams(**settings)), arrival=1)


def reason(sequence: Sequence, *, max_model_len: int = 100) -> str | None:
    return sequence.finish_reason(eos_token_ids=frozenset({9}), max_model_len=max_model_len)


def test_remaining_tokens_are_those_not_computed_yet() -> None:
    sequence = make_sequence()
    assert (sequence.num_remaining, sequence.num_output_tokens) == (3, 0)
    sequence.num_computed = 3
    sequence.append(7)
    assert (sequence.num_remaining, sequence.num_output_tokens) == (1, 1)


def test_end_token_stops_and_goes_before_length() -> None:
    sequence = make_sequence(max_tokens=1)
    sequence.append(9)
    assert reason(sequence) == "stop"


def test_end_token_may_be_ignored_but_a_stop_token_not() -> None:
    ignoring = make_sequence(ignore_eos=True, stop_token_ids=frozenset({8}))
    ignoring.append(9)
    assert reason(ignoring) is None
    ignoring.append(8)
    assert reason(ignoring) == "stop"


def test_length_counts_the_output_and_the_context() -> None:
    sequence = make_sequence(max_tokens=2)
    sequence.append(5)
    assert reason(sequence) is None
    assert reason(sequence, max_model_len=4) == "length"
    sequence.append(5)
    assert reason(sequence) == "length"


def test_request_that_is_not_seeded_has_numbers_of_its_own() -> None:
    assert make_sequence().uniform() != make_sequence().uniform()
    assert make_sequence(seed=3).uniform() == make_sequence(seed=3).uniform()


def test_requests_prompt_is_not_shared() -> None:
    prompt = [1, 2, 3]
    request = EngineRequest("a", prompt, SamplingParams())
    Sequence(request, arrival=1).append(4)
    assert prompt == [1, 2, 3]


def test_plain_settings_keep_no_penalty_state() -> None:
    assert make_sequence().penalties is None
    assert make_sequence(logit_bias={1: 1.0}).penalties is not None


def test_repr_tells_where_it_is() -> None:
    assert repr(make_sequence()) == "<Sequence a waiting slot=None 0/3 tokens>"


def test_a_seed_and_its_negative_draw_differently() -> None:
    first, second = (
        Sequence(EngineRequest("a", [1], SamplingParams(seed=seed)), arrival=0).rng.random() for seed in (1, -1)
    )
    assert first != second
