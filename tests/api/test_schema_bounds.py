"""Every field that a client may send has a bound: proved by a walk over the schemas of all operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field

from app.api.wire import RequestModel
from app.main import create_app
from app.settings import Settings
from tests.api.fake_service import FakeService, make_factory

# The most that any bound may be: one that is beyond it bounds nothing.
LARGEST = {"maxLength": 16_000_000, "maxItems": 131_072, "maxProperties": 1024}


def unbounded(
    schema: Any, definitions: dict[str, Any], *, path: str = "$", seen: frozenset[str] = frozenset()
) -> list[str]:
    """Return the path of every part of a JSON schema that lets an unbounded value through."""
    if reference := schema.get("$ref"):
        name = reference.rsplit("/", 1)[-1]
        return [] if name in seen else unbounded(definitions[name], definitions, path=path, seen=seen | {name})
    branches = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if branches:
        return [bad for branch in branches for bad in unbounded(branch, definitions, path=path, seen=seen)]
    if "const" in schema or "enum" in schema:
        return []
    return list(_unbounded_plain(schema, definitions, path=path, seen=seen))


def _unbounded_plain(schema: Any, definitions: dict[str, Any], *, path: str, seen: frozenset[str]) -> Iterator[str]:
    match schema.get("type"):
        case "null" | "boolean":
            return
        case "string":
            yield from _missing(schema, "maxLength", path=path)
        case "integer" | "number":
            if not (
                {"minimum", "exclusiveMinimum"} & schema.keys() and {"maximum", "exclusiveMaximum"} & schema.keys()
            ):
                yield f"{path}: a number without a range"
        case "array":
            yield from _missing(schema, "maxItems", path=path)
            if schema.get("maxItems"):
                yield from unbounded(schema["items"], definitions, path=f"{path}[]", seen=seen)
        case "object":
            yield from _unbounded_object(schema, definitions, path=path, seen=seen)
        case other:
            yield f"{path}: of any type ({other})"


def _unbounded_object(schema: Any, definitions: dict[str, Any], *, path: str, seen: frozenset[str]) -> Iterator[str]:
    for name, field in schema.get("properties", {}).items():
        yield from unbounded(field, definitions, path=f"{path}.{name}", seen=seen)
    if schema.get("additionalProperties", True) is False:
        return
    yield from _missing(schema, "maxProperties", path=path)
    if isinstance(values := schema.get("additionalProperties"), dict):
        yield from unbounded(values, definitions, path=f"{path}.*", seen=seen)
        return
    patterns = schema.get("patternProperties")
    if patterns:
        for values in patterns.values():
            yield from unbounded(values, definitions, path=f"{path}.*", seen=seen)


def _missing(schema: Any, bound: str, *, path: str) -> Iterator[str]:
    if not schema.get(bound, LARGEST[bound] + 1) <= LARGEST[bound]:
        yield f"{path}: no {bound}"


def document() -> dict[str, Any]:
    settings = Settings(lab_enabled=True, _env_file=None)
    app: FastAPI = create_app(settings, service_factory=make_factory(FakeService()))
    return app.openapi()


def inputs(api: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", ()):
                yield f"{method} {path} {parameter['name']}", parameter["schema"]
            for media in operation.get("requestBody", {}).get("content", {}).values():
                yield f"{method} {path}", media["schema"]


def test_every_field_that_a_client_may_send_is_bounded() -> None:
    api = document()
    found = dict(inputs(api))
    assert len(found) >= 4
    assert sum("/v1/" in name for name in found) >= 3
    bad = [
        line for name, schema in found.items() for line in unbounded(schema, api["components"]["schemas"], path=name)
    ]
    assert not bad, "\n".join(bad)


def test_no_model_lets_unknown_fields_in() -> None:
    kinds: list[type[BaseModel]] = [RequestModel]
    for kind in kinds:
        kinds += kind.__subclasses__()
        assert kind.model_config.get("extra") == "forbid"
        assert kind.model_config.get("strict") is True
    assert len(kinds) > 10


@pytest.mark.parametrize(
    "kind",
    [
        str,
        int,
        float,
        list[bool],
        Annotated[list[str], Field(max_length=3)],
        dict[str, bool],
        Any,
        Annotated[int, Field(ge=0)],
        Annotated[str, Field(max_length=10**9)],
        Annotated[str, Field(max_length=1)] | int,
    ],
    ids=str,
)
def test_the_walk_finds_what_has_no_bound(kind: Any) -> None:
    class Inner(BaseModel, extra="forbid"):
        field: kind

    class Outer(BaseModel, extra="forbid"):
        inner: Annotated[list[Inner], Field(max_length=1)]

    schema = Outer.model_json_schema()
    (bad,) = unbounded(schema, schema["$defs"])
    assert bad.startswith("$.inner[].field")
