from __future__ import annotations

from app.api.answer_schemas import ErrorAnswer
from app.api.sse import error_event
from app.errors import EngineDeadError


def data_of(event: bytes) -> bytes:
    assert event.startswith(b"data: ")
    assert event.endswith(b"\n\n")
    assert event.count(b"\n") == 2
    return event[6:-2]


def test_an_error_event_has_the_same_object_as_an_http_error() -> None:
    answer = ErrorAnswer.model_validate_json(data_of(error_event(EngineDeadError("gone\n\ndata: x"))))
    assert answer.error.code == "engine_dead"
