"""What all our event streams share."""

from __future__ import annotations

import orjson

from app.api.error_table import error_bytes
from app.errors import UnblockedError
from app.service.requests import Usage

DONE = b"data: [DONE]\n\n"
PING = b": ping\n\n"
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def event(value: object) -> bytes:
    """Return an event that carries a JSON value."""
    return b"data: " + orjson.dumps(value) + b"\n\n"


def error_event(error: UnblockedError) -> bytes:
    """Return the event for an error after the first byte. No [DONE] follows it."""
    return b"data: " + error_bytes(error) + b"\n\n"


def usage_object(usage: Usage) -> dict[str, object]:
    """Return token counts as OpenAI writes them."""
    return {
        "prompt_tokens": usage.num_prompt_tokens,
        "completion_tokens": usage.num_completion_tokens,
        "total_tokens": usage.num_prompt_tokens + usage.num_completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.num_cached_tokens},
    }
