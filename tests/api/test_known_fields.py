from __future__ import annotations

from typing import Any, Literal

import httpx
import pytest
from openai.types import completion_create_params as text_params
from openai.types import embedding_create_params
from openai.types.chat import completion_create_params
from openai.types.responses import response_create_params

from app.api.chat_schemas import ChatCompletionRequest
from app.api.embedding_schemas import EmbeddingsRequest
from app.api.known_fields import CHAT_FIELDS, RESPONSE_FIELDS, TEXT_FIELDS, without_neutral_fields
from app.api.response_schemas import ResponseRequest
from app.api.text_schemas import TextCompletionRequest
from app.errors import InvalidRequestError, UnsupportedFieldError
from app.main import create_app
from app.settings import Settings
from tests.api.fake_service import MODEL, FakeService, make_factory

SUPPORTED = ChatCompletionRequest.model_fields.keys()


def test_every_field_of_openais_api_is_supported_or_refused_by_name() -> None:
    kind = completion_create_params.CompletionCreateParamsBase
    known = kind.__annotations__.keys() | {"stream"}
    assert known - SUPPORTED - CHAT_FIELDS.keys() == set()


def test_every_field_of_openais_text_api_is_supported_or_refused_by_name() -> None:
    known = text_params.CompletionCreateParamsBase.__annotations__.keys() | {"stream"}
    assert known - TextCompletionRequest.model_fields.keys() - TEXT_FIELDS.keys() == set()


def test_every_field_of_openais_responses_api_is_supported_or_refused_by_name() -> None:
    known = response_create_params.ResponseCreateParamsBase.__annotations__.keys() | {"stream"}
    assert known - ResponseRequest.model_fields.keys() - RESPONSE_FIELDS.keys() == set()


def test_every_field_of_openais_embeddings_api_is_supported() -> None:
    known = embedding_create_params.EmbeddingCreateParams.__annotations__.keys()
    assert known == EmbeddingsRequest.model_fields.keys()


def test_no_field_is_both_supported_and_refused() -> None:
    assert SUPPORTED & CHAT_FIELDS.keys() == set()
    assert TextCompletionRequest.model_fields.keys() & TEXT_FIELDS.keys() == set()
    assert ResponseRequest.model_fields.keys() & RESPONSE_FIELDS.keys() == set()


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
    assert (f"'{field}'" in str(caught.value)) is field.isidentifier()


@pytest.mark.parametrize("field", ["x" * 100_000, "<script>", "a b", "\n", "ключ"])
def test_a_strange_field_name_is_not_repeated(field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        without_neutral_fields({field: 1}, supported=SUPPORTED, unsupported=CHAT_FIELDS)
    assert caught.value.param is None
    assert field not in str(caught.value)


@pytest.mark.parametrize("policy", ["refuse", "ignore"])
async def test_unknown_fields_can_be_ignored_and_refused_ones_can_not(policy: Literal["refuse", "ignore"]) -> None:
    service = FakeService()
    app = create_app(Settings(unknown_fields=policy, _env_file=None), service_factory=make_factory(service))
    app.state.service = service
    body = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}]}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as client:
        unknown = await client.post("/v1/chat/completions", json={**body, "mystery": 1})
        assert unknown.status_code == (400 if policy == "refuse" else 200)
        known = await client.post("/v1/chat/completions", json={**body, "store": True})
        assert known.status_code == 400
        nothing = await client.post("/v1/chat/completions", json=[1])
        assert nothing.status_code == 400
