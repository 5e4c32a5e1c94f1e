"""Sampling settings are checked once, on creation, and the message names the field, its limits and the value."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.sampling_params import MAX_LOGIT_BIAS_ENTRIES, MAX_SEED, MAX_STOP_TOKEN_IDS, SamplingParams
from app.errors import InvalidRequestError


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", -0.1),
        ("temperature", 2.1),
        ("temperature", float("nan")),
        ("top_k", -1),
        ("top_p", 1.1),
        ("min_p", float("inf")),
        ("repetition_penalty", 0.0),
        ("presence_penalty", 2.5),
        ("frequency_penalty", -2.5),
        ("max_tokens", 0),
        ("max_tokens", 10**9),
        ("seed", MAX_SEED + 1),
        ("seed", -MAX_SEED - 2),
        ("logit_bias", {5: 100.5}),
        ("logit_bias", {5: float("nan")}),
        ("logit_bias", dict.fromkeys(range(MAX_LOGIT_BIAS_ENTRIES + 1), 1.0)),
        ("stop_token_ids", frozenset(range(MAX_STOP_TOKEN_IDS + 1))),
    ],
)
def test_value_out_of_range_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=f"'{field}'") as caught:
        SamplingParams(**{field: value})
    assert caught.value.param == field
    assert len(str(caught.value)) < 150, "nothing of any length is echoed"


def test_limits_themselves_are_fine() -> None:
    SamplingParams(temperature=2.0, top_p=0.0, min_p=1.0, max_tokens=1, seed=MAX_SEED, logit_bias={0: -100, 1: 100})
    SamplingParams(temperature=0.0, top_k=0, top_p=1.0, seed=-MAX_SEED - 1, repetition_penalty=10.0)


@pytest.mark.parametrize(("settings", "is_greedy"), [({"temperature": 0.0}, True), ({"top_k": 1}, True), ({}, False)])
def test_greedy_is_temperature_zero_or_one_candidate(settings: dict[str, Any], is_greedy: bool) -> None:
    assert SamplingParams(**settings).is_greedy is is_greedy


@pytest.mark.parametrize("token_id", [-1, 100, 10**30])
@pytest.mark.parametrize("field", ["logit_bias", "stop_token_ids"])
def test_ids_outside_the_vocabulary_are_refused(field: str, token_id: int) -> None:
    value: Any = {token_id: 1.0} if field == "logit_bias" else frozenset({token_id})
    params = SamplingParams(**{field: value})
    with pytest.raises(InvalidRequestError, match="0 to 99") as caught:
        params.check_vocabulary(100)
    assert caught.value.param == field
    SamplingParams(logit_bias={99: 1.0}, stop_token_ids=frozenset({0})).check_vocabulary(100)
