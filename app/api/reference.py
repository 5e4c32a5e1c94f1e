"""The table of every field of every request, as Markdown: docs/api.md is what this prints, and a test compares them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI

from app.api.known_fields import CHAT_FIELDS, TEXT_FIELDS

_HEAD = """# Every field of every request

Made by `python -m app reference` from the schemas that check the requests. Types are strict. A field that nobody knows
is refused with the nearest known name, or ignored with `UNBLOCKED_UNKNOWN_FIELDS=ignore`. A field that is known and not
supported is refused by its name, unless it has the value that asks for nothing.
"""
_REFUSED = {"/v1/chat/completions": CHAT_FIELDS, "/v1/completions": TEXT_FIELDS}
_BOUNDS = (
    ("minimum", ">= {}"),
    ("maximum", "<= {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
    ("maxProperties", "at most {} entries"),
    ("pattern", "matches `{}`"),
)


def reference(app: FastAPI) -> str:
    """Return the page."""
    document = app.openapi()
    parts = [_HEAD]
    for path, methods in document["paths"].items():
        body = methods.get("post", {}).get("requestBody")
        if body is not None and not path.startswith("/lab"):
            schema = body["content"]["application/json"]["schema"]
            parts.append(f"\n## POST {path}\n\n| field | value | limits | meaning |\n|---|---|---|---|\n")
            parts += dict.fromkeys(_rows(schema, document["components"]["schemas"], prefix="", seen=()))
            parts += _refused(path)
    return "".join(parts)


def _refused(path: str) -> Iterator[str]:
    fields: Mapping[str, tuple[object, ...]] = _REFUSED.get(path, {})
    if fields:
        yield "\nRefused by name: "
        texts = (f"`{name}`" + (f" (but {_values(values)})" if values else "") for name, values in fields.items())
        yield ", ".join(texts) + ".\n"


def _rows(schema: Any, schemas: Mapping[str, Any], *, prefix: str, seen: tuple[str, ...]) -> Iterator[str]:
    for kind in _objects(schema, schemas):
        if kind in seen:
            continue
        definition = schemas[kind]
        for name, field in definition.get("properties", {}).items():
            is_needed = name in definition.get("required", ())
            yield _row(prefix + name, field, schemas, is_needed=is_needed)
            ending = "[]." if _is_list(field) else "."
            yield from _rows(field, schemas, prefix=prefix + name + ending, seen=(*seen, kind))


def _row(name: str, field: Any, schemas: Mapping[str, Any], *, is_needed: bool) -> str:
    kinds = [branch for branch in _branches(field) if branch.get("type") != "null"]
    types = dict.fromkeys(_type(kind) for kind in kinds)
    limits = dict.fromkeys(text.format(_plain(kind[key])) for kind in kinds for key, text in _BOUNDS if key in kind)
    meaning = field.get("description", "") or ""
    needed = " (needed)" if is_needed else ""
    return f"| `{name}`{needed} | {' or '.join(types) or 'null'} | {', '.join(limits)} | {_cell(meaning)} |\n"


def _objects(schema: Any, schemas: Mapping[str, Any]) -> Iterator[str]:
    for branch in _branches(schema):
        if "$ref" in branch:
            name = branch["$ref"].rsplit("/", 1)[-1]
            if "properties" in schemas[name]:
                yield name
        elif branch.get("type") == "array":
            yield from _objects(branch["items"], schemas)


def _branches(schema: Any) -> Iterator[Any]:
    for key in ("anyOf", "oneOf"):
        if key in schema:
            for branch in schema[key]:
                yield from _branches(branch)
            return
    yield schema


def _is_list(schema: Any) -> bool:
    return any(branch.get("type") == "array" for branch in _branches(schema))


def _type(kind: Any) -> str:
    if "const" in kind:
        return _values((kind["const"],))
    if "enum" in kind:
        return _values(kind["enum"])
    if "$ref" in kind:
        return "object"
    if kind.get("type") == "array":
        items = dict.fromkeys(_type(branch) for branch in _branches(kind["items"]))
        return f"list of {' or '.join(items)}"
    return str(kind.get("type", "any"))


def _values(values: Any) -> str:
    return ", ".join(f"`{str(value).lower() if isinstance(value, bool) else value}`" for value in values)


def _plain(bound: Any) -> str:
    if not isinstance(bound, str) and abs(bound) >= 1e15:
        return f"{'-' if bound < 0 else ''}2^{round(math.log2(abs(bound)))}"
    if isinstance(bound, float):
        return f"{bound:,.0f}" if bound.is_integer() and abs(bound) < 1e15 else f"{bound:g}"
    return f"{bound:,}" if isinstance(bound, int) else str(bound).replace("|", "\\|")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
