from __future__ import annotations

from typing import Any

import pytest
from openai.types import completion_create_params as text_params
from openai.types.chat import completion_create_params

from app.api.chat_schemas import ChatCompletionRequest
from app.api.known_fields import CHAT_FIELDS, TEXT_FIELDS, without_neutral_fields
from app.api.text_schemas import TextCompletionRequest
from app.errors import InvalidRequestError, UnsupportedFieldError

SUPPORTED = ChatCompletionRequest.model_fields.keys()


def test_every_field_of_openais_api_is_supported_or_refused_by_name() -> None:
    kind = completion_create_params.CompletionCreateParamsBase
    known = kind.__annotations__.keys() | {"stream"}
    assert known - SUPPORTED - CHAT_FIELDS.keys() == set()


def test_every_field_of_openais_text_api_is_supported_or_refused_by_name() -> None:
    known = text_params.CompletionCreateParamsBase.__annotations__.keys() | {"stream"}
    assert known - TextCompletionRequest.model_fields.keys() - TEXT_FIELDS.keys() == set()


def test_no_field_is_both_supported_and_refused() -> None:
    assert SUPPORTED & CHAT_FIELDS.keys() == set()
    assert TextCompletionRequest.model_fields.keys() & TEXT_FIELDS.keys() == set()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("store", True),
        ("functions", [{"name": "f"}]),
        ("chat_template", "{{ 1 }}"),
        ("modalities", ["text", "audio"]),
        ("reasoning_effort", "low"),
        ("metadata", {"a": "b"}),
    ],
)
def test_a_known_field_that_asks_for_something_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(UnsupportedFieldError) as caught:
        without_neutral_fields({field: value}, supported=SUPPORTED, unsupported=CHAT_FIELDS)
    assert caught.value.param == field


@pytest.mark.parametrize("field", sorted(CHAT_FIELDS))
def test_null_and_neutral_values_are_let_through_and_left_out(field: str) -> None:
    for value in (None, *CHAT_FIELDS[field]):
        assert without_neutral_fields({field: value, "model": "m"}, supported=SUPPORTED, unsupported=CHAT_FIELDS) == {
            "model": "m"
        }


@pytest.mark.parametrize(
    ("field", "near"),
    [("temprature", "temperature"), ("max_token", "max_tokens"), ("message", "messages"), ("top-k", None)],
)
def test_an_unknown_field_is_refused_with_the_nearest_known_name(field: str, near: str | None) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        without_neutral_fields({field: 1}, supported=SUPPORTED, unsupported=CHAT_FIELDS)
    assert caught.value.code == "unknown_parameter"
    assert (f"'{near}'" in str(caught.value)) is (near is not None)


@pytest.mark.parametrize("field", ["x" * 100_000, "<script>", "a b", "\n", "ключ"])
def test_a_strange_field_name_is_not_repeated(field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        without_neutral_fields({field: 1}, supported=SUPPORTED, unsupported=CHAT_FIELDS)
    assert caught.value.param is None
    assert field not in str(caught.value)
