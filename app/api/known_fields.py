"""Fields of OpenAI's API that this server knows and does not support: refused by name, never ignored.

A field is let through when it holds the value that asks for nothing (store=false, best_of=1, null).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from app.errors import InvalidRequestError, UnsupportedFieldError

# field -> values, besides null, that ask for nothing
CHAT_FIELDS: Mapping[str, tuple[object, ...]] = {
    "audio": (),
    "best_of": (1,),
    "chat_template": (),
    "function_call": ("none",),
    "functions": ([],),
    "metadata": ({},),
    "modalities": (["text"],),
    "moderation": (),
    "prediction": (),
    "prompt_cache_key": (),
    "prompt_cache_options": (),
    "prompt_cache_retention": (),
    "reasoning_effort": (),
    "safety_identifier": (),
    "service_tier": ("auto", "default"),
    "store": (False,),
    "verbosity": ("medium",),
    "web_search_options": (),
}


TEXT_FIELDS: Mapping[str, tuple[object, ...]] = {
    "best_of": (1,),
    "prompt_embeds": (),
    "suffix": ("",),
}

# What needs a server that remembers is refused: it would answer without what the client believes it knows.
RESPONSE_FIELDS: Mapping[str, tuple[object, ...]] = {
    "access_programs": (),
    "background": (False,),
    "background_options": (),
    "context_management": ([],),
    "conversation": (),
    "image": (),
    "max_tool_calls": (),
    "moderation": (),
    "previous_response_id": (),
    "prompt": (),
    "prompt_cache_key": (),
    "prompt_cache_options": (),
    "prompt_cache_retention": (),
    "reasoning": ({},),
    "safety_identifier": (),
    "service_tier": ("auto", "default"),
    "store": (False,),
    "truncation": ("disabled",),
}


def without_neutral_fields(
    data: Mapping[str, Any], *, supported: Collection[str], unsupported: Mapping[str, tuple[object, ...]]
) -> dict[str, Any]:
    """Return the supported fields of a request.

    Raises: UnsupportedFieldError, for a known field that asks for something. InvalidRequestError, for an unknown one.
    """
    for field, value in data.items():
        if field in supported:
            continue
        if field not in unsupported:
            raise unknown_field(field, supported=supported)
        if value is not None and not _is_one_of(value, unsupported[field]):
            raise UnsupportedFieldError(field)
    return {field: value for field, value in data.items() if field in supported}


def unknown_field(field: str, *, supported: Collection[str]) -> InvalidRequestError:
    """Return the error for a field that no one knows, with its name, if it can't be a text, and the nearest known."""
    is_plain = len(field) <= 64 and field.isascii() and field.isidentifier()
    near = difflib.get_close_matches(field, supported, n=1) if is_plain else []
    name = f" '{field}'" if is_plain else ""
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return InvalidRequestError(
        f"the request has an unknown field{name}{hint}", param=field if is_plain else None, code="unknown_parameter"
    )


def _is_one_of(value: object, neutral: tuple[object, ...]) -> bool:
    # type() keeps True from passing for 1 and 0 for False.
    return any(type(value) is type(one) and value == one for one in neutral)
