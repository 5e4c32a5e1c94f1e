"""What form an answer is to have: OpenAI's response_format, and vLLM's structured_outputs beside it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

import orjson
from pydantic import Field, StringConstraints, model_validator

from app.api.wire import Description, FreeJson, RequestModel, ShortName
from app.service.requests import Grammar

MAX_GRAMMAR_CHARS = 65_536
MAX_REGEX_CHARS = 4_096
MAX_WORDS = 256

Word = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class TextFormat(RequestModel):
    type: Literal["text"]


class JsonObjectFormat(RequestModel):
    type: Literal["json_object"]


class JsonSchema(RequestModel):
    name: ShortName
    description: Description | None = None
    # "schema" would hide a name that pydantic's models have.
    schema_: FreeJson | None = Field(None, alias="schema")
    strict: bool | None = Field(None, description="Taken and not used: the schema is always kept to.")


class JsonSchemaFormat(RequestModel):
    type: Literal["json_schema"]
    json_schema: JsonSchema


ResponseFormat = Annotated[TextFormat | JsonObjectFormat | JsonSchemaFormat, Field(discriminator="type")]


class StructuredOutputs(RequestModel):
    """Exactly one of these."""

    json_: FreeJson | None = Field(None, alias="json", description="A JSON schema.")
    regex: Annotated[str, StringConstraints(min_length=1, max_length=MAX_REGEX_CHARS)] | None = None
    choice: Annotated[list[Word], Field(fail_fast=True, min_length=1, max_length=MAX_WORDS)] | None = None
    grammar: Annotated[str, StringConstraints(min_length=1, max_length=MAX_GRAMMAR_CHARS)] | None = Field(
        None, description="A context-free grammar in the form that Lark reads."
    )

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if sum(value is not None for value in (self.json_, self.regex, self.choice, self.grammar)) != 1:
            raise ValueError("exactly one of json, regex, choice and grammar is needed")
        return self


def to_grammar(response_format: ResponseFormat | None, structured: StructuredOutputs | None) -> Grammar | None:
    """Return what an answer must match, None if anything may come."""
    if structured is not None:
        return _of_structured(structured)
    match response_format:
        case JsonObjectFormat():
            return Grammar("json_schema", '{"type":"object"}')
        case JsonSchemaFormat():
            return Grammar("json_schema", _json(response_format.json_schema.schema_ or {}), "response_format")
    return None


def _of_structured(structured: StructuredOutputs) -> Grammar:
    param = "structured_outputs"
    if structured.regex is not None:
        return Grammar("regex", structured.regex, param)
    if structured.grammar is not None:
        return Grammar("lark", structured.grammar, param)
    if structured.choice is not None:
        words = " | ".join(_json(word) for word in structured.choice)
        return Grammar("lark", f"start: {words}", param)
    return Grammar("json_schema", _json(structured.json_ or {}), param)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
