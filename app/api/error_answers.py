"""Turns whatever went wrong before the first byte into an answer in OpenAI's error shape."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from itertools import islice
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.api.error_table import error_bytes, error_headers, http_error_of, plain_error_object
from app.api.wire import RequestModel
from app.errors import InvalidRequestError, RefusedError, UnblockedError

log = logging.getLogger(__name__)

# What pydantic says after an item's place to tell which of several kinds it is; some are names of fields elsewhere.
_KINDS = frozenset({"system", "developer", "user", "assistant", "tool", "function_call"})
MAX_NAME_CHARS = 64
MAX_FIELDS_TOLD = 3
_MAX_SHOWN = 10**20  # longer numbers would be a text of the client's


def add_error_answers(app: FastAPI) -> None:
    """Answer our own errors, validation errors and HTTP errors (404, 405, 413, 415) in one shape."""
    app.add_exception_handler(UnblockedError, _answer_own)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(HTTPException, _answer_http)


def error_response(error: UnblockedError) -> Response:
    """Return the answer to an error of ours."""
    row = http_error_of(error)
    return Response(
        error_bytes(error), status_code=row.status, headers=error_headers(error), media_type="application/json"
    )


async def _answer_own(_request: Request, error: Exception) -> Response:
    assert isinstance(error, UnblockedError)
    row = http_error_of(error)
    if row.status >= 500 and not isinstance(error, RefusedError):  # an overload must not flood the log as well
        log.warning("answered %d %s: %s", row.status, row.code, error)
    return error_response(error)


async def _answer_validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return error_response(to_invalid_request(error.errors()))


async def _answer_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    body = plain_error_object(
        HTTPStatus(error.status_code).description if error.detail is None else str(error.detail),
        kind="invalid_request_error" if error.status_code < 500 else "server_error",
        code=code,
    )
    return Response(
        orjson.dumps(body), status_code=error.status_code, headers=error.headers, media_type="application/json"
    )


def to_invalid_request(found: Sequence[Mapping[str, Any]]) -> InvalidRequestError:
    """Return pydantic's errors in our words, one of each of the first fields; `param` is that of the first.

    Of the input that caused them they hold only what can't be anybody's text.
    """
    fields: dict[tuple[str | int, ...], list[Mapping[str, Any]]] = {}
    for error in found:
        fields.setdefault(tuple(error["loc"][:2]), []).append(error)  # ("body", the field), or ("body",)
    told = [_said_of(errors) for errors in islice(fields.values(), MAX_FIELDS_TOLD)]
    message = "; ".join(f"{param}: {text}" if param else text for param, text in told)
    if num_more := len(fields) - len(told):
        message += f"; and {num_more} more"
    return InvalidRequestError(message, param=told[0][0])


def _said_of(found: Sequence[Mapping[str, Any]]) -> tuple[str | None, str]:
    """Return the path and the text of a field's error."""
    first = _most_telling(found)
    param = field_path(first["loc"])
    message = str(first["msg"]).removeprefix("Value error, ")
    if first["type"].endswith("_type"):
        wanted = [str(other["msg"]) for other in found if field_path(other["loc"]) == param]
        others = [text.removeprefix("Input should be ") for text in wanted if text != message]
        message = " or ".join(dict.fromkeys([message, *others])) + f", not {_kind(first.get('input'))}"
    elif isinstance(first.get("input"), int | float):
        message += f", not {_kind(first['input'])}"
    if first["type"] == "union_tag_invalid":  # pydantic's own message repeats the client's tag
        message = f"must be one of {first['ctx']['expected_tags']}"
        field = str(first["ctx"]["discriminator"]).strip("'")
        param = f"{param}.{field}" if param else field
    elif first["type"] == "extra_forbidden":
        name = str(first["loc"][-1])
        is_plain = name.isascii() and name.isidentifier() and len(name) <= MAX_NAME_CHARS
        message = f"'{name}' is not known here" if is_plain else "a field of it is not known here"
    return param, message


def _most_telling(found: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Of the first field's errors, one for each form that it may have: that of the form that was meant."""
    first = field_path(found[0]["loc"]) or ""
    same = [error for error in found if re.match(rf"{re.escape(first)}($|[.\[])", field_path(error["loc"]) or "")]
    return max(
        same or found[:1], key=lambda error: (not error["type"].endswith("_type"), len(field_path(error["loc"]) or ""))
    )


def _kind(value: object) -> str:
    """What a value is, in JSON's words; a number or a truth value itself."""
    if isinstance(value, bool | int | float):
        return str(value).lower() if abs(value) < _MAX_SHOWN else "so large a number"
    names: dict[type, str] = {str: "a string", list: "an array", dict: "an object"}
    return names.get(type(value), "null")


def field_path(loc: Sequence[str | int]) -> str | None:
    """Return pydantic's location as `messages[0].content`, without union branches and without the client's own keys."""
    if len(loc) == 2 and loc[0] in {"query", "path"}:  # a parameter that a route of ours declares
        return str(loc[1])
    path = ""
    previous: str | int = ""
    for step in loc:
        if step == previous and isinstance(step, str):  # a union's branch may bear its field's name
            continue
        if isinstance(step, int):
            path += f"[{step}]"
        elif step in _field_names() and not (isinstance(previous, int) and step in _KINDS):
            path += f".{step}" if path else step
        previous = step
    return path or None


@cache
def _field_names() -> frozenset[str]:
    kinds, names = [RequestModel], set[str]()
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        names |= kind.model_fields.keys()
    return frozenset(names)
