from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI

from app.api.answer_schemas import ErrorAnswer
from app.api.error_answers import MAX_FIELDS_TOLD
from tests.api.asgi_call import chat_body
from tests.api.fake_service import FakeService
from tests.api.test_strict_json import BAD

JSON = {"content-type": "application/json"}
SECRET = "s3cret" * 2000


def message(**fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "hi", **fields}]}


# what is wrong -> (fields put over a good request, the param that the answer names)
WRONG: dict[str, tuple[dict[str, Any], str | None]] = {
    "no messages": ({"messages": []}, "messages"),
    "null messages": ({"messages": None}, "messages"),
    "too many messages": ({"messages": [{"role": "user", "content": ""}] * 5000}, "messages"),
    "many bad messages": ({"messages": [{"role": "user", "content": 1}] * 4000}, "messages[0].content"),
    "unknown role": ({"messages": [{"role": SECRET, "content": "x"}]}, "messages[0].role"),
    "no role": ({"messages": [{"content": "x"}]}, "messages[0]"),
    "number as content": (message(content=5), "messages[0].content"),
    "null content of a user": (message(content=None), "messages[0].content"),
    "image": (
        message(content=[{"type": "image_url", "image_url": {"url": "http://x"}}]),
        "messages[0].content[0].type",
    ),
    "unknown message field": (message(**{"colour": SECRET}), "messages[0]"),
    "strange message field": (message(**{SECRET: 1}), "messages[0]"),
    "temperature too high": ({"temperature": 2.1}, "temperature"),
    "temperature as text": ({"temperature": SECRET}, "temperature"),
    "max_tokens as bool": ({"max_tokens": True}, "max_tokens"),
    "max_tokens as float": ({"max_tokens": 5.5}, "max_tokens"),
    "max_tokens zero": ({"max_tokens": 0}, "max_tokens"),
    "huge integer": ({"max_tokens": 10**30}, "max_tokens"),
    "huge seed": ({"seed": 2**63}, "seed"),
    "five stops": ({"stop": ["a"] * 5}, "stop"),
    "many stops": ({"stop": ["a"] * 90_000}, "stop"),
    "empty stop": ({"stop": ""}, "stop"),
    "long stop": ({"stop": "x" * 257}, "stop"),
    "logit_bias of a word": ({"logit_bias": {SECRET: 1}}, "logit_bias"),
    "logit_bias twice": ({"logit_bias": {"1": 1, "01": 2}}, "logit_bias"),
    "logit_bias too large": ({"logit_bias": {"1": 101}}, "logit_bias"),
    "many logit_biases": ({"logit_bias": {str(index): 1 for index in range(2000)}}, "logit_bias"),
    "negative stop id": ({"stop_token_ids": [-1]}, "stop_token_ids[0]"),
    "stream as text": ({"stream": "yes"}, "stream"),
    "stream_options without stream": ({"stream_options": {"include_usage": True}}, None),
    "running counts without counts": (
        {"stream": True, "stream_options": {"continuous_usage_stats": True}},
        "stream_options",
    ),
    "two different limits": ({"max_tokens": 5, "max_completion_tokens": 6}, None),
    "forced call without tools": ({"tool_choice": "required"}, None),
    "strange choice": ({"tool_choice": "perhaps"}, "tool_choice"),
    "tool without name": ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
    "strict as text": (
        {"tools": [{"type": "function", "function": {"name": "f", "strict": "yes"}}]},
        "tools[0].function.strict",
    ),
    "long user": ({"user": "u" * 513}, "user"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_field_is_named_and_never_repeated(
    client: httpx.AsyncClient, service: FakeService, name: str
) -> None:
    fields, param = WRONG[name]
    response = await client.post("/v1/chat/completions", content=chat_body(**_jsonable(fields)), headers=JSON)
    error = ErrorAnswer.model_validate_json(response.content).error
    assert response.status_code == 400
    assert error.type == "invalid_request_error"
    assert error.param == param
    assert len(response.content) <= 1024
    assert "s3cret" not in response.text
    assert service.chat.requests == []


def _jsonable(fields: dict[str, Any]) -> dict[str, Any]:
    # orjson can't write integers beyond 64 bits: put them in as raw JSON.
    return {
        key: orjson.Fragment(str(value).encode()) if type(value) is int and abs(value) >= 2**63 else value
        for key, value in fields.items()
    }


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/tokenize", "/v1/detokenize"])
@pytest.mark.parametrize("name", BAD)
async def test_a_malformed_body_is_400_on_every_route(client: httpx.AsyncClient, path: str, name: str) -> None:
    response = await client.post(path, content=BAD[name], headers=JSON)
    assert response.status_code == 400
    ErrorAnswer.model_validate_json(response.content)


@pytest.mark.parametrize("body", [b"3", b'"x"', b"[]", b"null", b"true", b"{}"])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/tokenize", "/v1/detokenize"])
async def test_json_of_another_kind_is_400(client: httpx.AsyncClient, path: str, body: bytes) -> None:
    response = await client.post(path, content=body, headers=JSON)
    assert response.status_code == 400
    ErrorAnswer.model_validate_json(response.content)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nope", 404, "not_found"),
        ("POST", "/v1/images/generations", 404, "not_found"),
        ("GET", "/v1/chat/completions", 405, "method_not_allowed"),
        ("DELETE", "/v1/models", 405, "method_not_allowed"),
        ("GET", "/web/../settings.py", 404, "not_found"),
        ("GET", "/web/%2e%2e/settings.py", 404, "not_found"),
    ],
)
async def test_http_errors_have_openais_shape(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await client.request(method, path)
    assert response.status_code == status
    assert ErrorAnswer.model_validate_json(response.content).error.code == code
    assert ("allow" in response.headers) is (status == 405)


async def test_a_wrong_query_parameter_is_named(app: FastAPI, client: httpx.AsyncClient) -> None:
    @app.get("/probe")
    async def probe(num_chars: int) -> None: ...

    response = await client.get("/probe?num_chars=s3cret")
    assert (response.status_code, response.json()["error"]["param"]) == (400, "num_chars")
    assert "s3cret" not in response.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "text/json"])
async def test_a_body_that_is_not_called_json_is_415(client: httpx.AsyncClient, kind: str) -> None:
    response = await client.post("/v1/chat/completions", content=chat_body(), headers={"content-type": kind})
    assert response.status_code == 415
    assert "application/json" in ErrorAnswer.model_validate_json(response.content).error.message


async def test_a_charset_may_follow_the_content_type(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    response = await client.post("/v1/chat/completions", content=chat_body(), headers=headers)
    assert response.status_code == 200


async def test_an_error_names_the_field_the_limit_and_the_value(client: httpx.AsyncClient) -> None:
    answers: dict[str, dict[str, Any]] = {
        "max_tokens: Input should be less than or equal to 10000000, not 1000000000": {"max_tokens": 10**9},
        "stop: List should have at most 4 items after validation, not 9": {"stop": list("abcdefghi")},
        "stop[1]: Input should be a valid string, not 5": {"stop": ["a", 5]},
        "stop: Input should be a valid string or a valid list, not true": {"stop": True},
        "temperature: Input should be a valid number, not a string": {"temperature": SECRET},
        "the request has an unknown field 'temprature'; did you mean 'temperature'?": {"temprature": 1},
        "response_format.json_schema.name: Field required": {
            "response_format": {"type": "json_schema", "json_schema": {}}
        },
    }
    for expected, fields in answers.items():
        answer = await client.post("/v1/chat/completions", content=chat_body(**fields), headers=JSON)
        assert answer.json()["error"]["message"] == expected


async def test_up_to_three_wrong_fields_are_told_at_once_and_the_first_is_the_param(client: httpx.AsyncClient) -> None:
    wrong = {
        "temperature": (3, "temperature: Input should be less than or equal to 2, not 3"),
        "stop": (["a", 5], "stop[1]: Input should be a valid string, not 5"),
        "seed": (SECRET, "seed: Input should be a valid integer, not a string"),
        "n": (0, "n: Input should be greater than or equal to 1, not 0"),
        "stream": (SECRET, "stream: Input should be a valid boolean, not a string"),
    }
    for num_wrong in range(1, len(wrong) + 1):
        given = dict(list(wrong.items())[:num_wrong])
        fields = {name: value for name, (value, _) in given.items()}
        answer = await client.post("/v1/chat/completions", content=chat_body(**fields), headers=JSON)
        error = ErrorAnswer.model_validate_json(answer.content).error
        expected = {text for _, text in given.values()}
        told = error.message.split("; ")
        if num_wrong <= MAX_FIELDS_TOLD:
            assert set(told) == expected
        else:
            assert len(expected & set(told)) == MAX_FIELDS_TOLD
            assert told[MAX_FIELDS_TOLD:] == [f"and {num_wrong - MAX_FIELDS_TOLD} more"]
        assert error.param is not None
        assert told[0].startswith(f"{error.param}: ")


async def test_unknown_fields_beside_each_other_are_told_and_strange_names_are_not(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/tokenize", json={"text": "x", "colour": 1, SECRET: 1}, headers=JSON)
    assert answer.json()["error"]["message"] == "'colour' is not known here; a field of it is not known here"


async def test_the_longest_answer_to_wrong_fields_stays_short(client: httpx.AsyncClient) -> None:
    wrong = [{"role": SECRET}] * 5
    answer = await client.post(
        "/v1/chat/completions",
        content=chat_body(messages=wrong, tools=wrong, response_format={"type": SECRET}, tool_choice={"type": SECRET}),
        headers=JSON,
    )
    assert answer.status_code == 400
    assert len(answer.content) <= 2048
    assert "s3cret" not in answer.text
