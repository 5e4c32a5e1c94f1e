from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from app.api.chat_schemas import ChatCompletionRequest
from app.api.known_fields import CHAT_FIELDS
from app.api.reference import reference


def test_the_committed_page_is_what_the_schemas_say(app: FastAPI) -> None:
    page = Path("docs/api.md").read_text(encoding="utf-8")
    assert page == reference(app), "run: python -m app reference > docs/api.md"


def test_every_field_stands_in_it_with_its_limits(app: FastAPI) -> None:
    page = reference(app)
    for field in (*ChatCompletionRequest.model_fields, *CHAT_FIELDS):
        assert f"`{field}`" in page
    assert "| `top_logprobs` | integer | >= 0, <= 20 |" in page
    assert "`messages[].content`" in page
