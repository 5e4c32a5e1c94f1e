"""What all wire types share: strict types, no unknown fields, a bound on everything a client may send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

MAX_FIELDS = 64
MAX_NAME_CHARS = 256
MAX_TEXT_CHARS = 16_000_000
MAX_SCHEMA_BYTES = 65_536

Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARS)]
ShortName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT_CHARS)]
Description = Annotated[str, StringConstraints(max_length=16_384)]
TokenId = Annotated[int, Field(ge=0, le=2**31 - 1)]


def _check_json_size(value: dict[str, Any]) -> dict[str, Any]:
    try:
        num_bytes = len(orjson.dumps(value))
    except orjson.JSONEncodeError:  # of what JSON can hold there is nothing else that it does not take
        raise ValueError("its integers must fit into 64 bits") from None
    if num_bytes > MAX_SCHEMA_BYTES:
        raise ValueError(f"at most {MAX_SCHEMA_BYTES} bytes of JSON are taken")
    return value


# Free JSON (a tool's parameters): its depth and its number of values are bounded by strict_json, its size here.
FreeJson = Annotated[
    dict[str, Any],
    Field(max_length=256),
    AfterValidator(_check_json_size),
    WithJsonSchema({"type": "object", "maxProperties": 256, "additionalProperties": True}),
]


class RequestModel(BaseModel):
    """Base of everything a client sends. Types are strict: no "5" for 5, no true for 1."""

    model_config: ClassVar[ConfigDict] = ConfigDict(strict=True, extra="forbid", frozen=True)

    # Fields that are known and not supported, each with the values, besides null, that ask for nothing.
    refused_fields: ClassVar[Mapping[str, tuple[object, ...]]] = {}

    @classmethod
    def without_unknown_fields(cls, data: Any) -> Any:
        """Return a body without the fields that nobody knows; what is refused by name stays, to be refused."""
        if not isinstance(data, dict):
            return data
        known = {name for field, info in cls.model_fields.items() for name in (field, info.alias)}
        return {name: value for name, value in data.items() if name in known or name in cls.refused_fields}

    @model_validator(mode="before")
    @classmethod
    def _bound_fields(cls, data: Any) -> Any:
        # pydantic makes an error of each unknown field: 190,000 of them stopped the loop for 0.8 s.
        if isinstance(data, dict) and len(data) > MAX_FIELDS:
            raise PydanticCustomError(
                "too_many_fields", "at most {max_fields} fields are taken", {"max_fields": MAX_FIELDS}
            )
        return data


class AnswerModel(BaseModel):
    """Base of everything the service answers. For the documentation and the tests: answers are written by hand."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
