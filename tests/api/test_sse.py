from __future__ import annotations

import orjson
import pytest

from app.api.answer_schemas import ChatCompletionChunk, ErrorAnswer
from app.api.sse import ChunkWriter, error_event
from app.errors import EngineDeadError
from app.service.requests import Usage


def data_of(event: bytes) -> bytes:
    assert event.startswith(b"data: ")
    assert event.endswith(b"\n\n")
    assert event.count(b"\n") == 2
    return event[6:-2]


@pytest.mark.parametrize("has_usage", [True, False])
def test_every_chunk_is_openais_whatever_the_names_hold(has_usage: bool) -> None:
    writer = ChunkWriter(completion_id='id"\n', created_s=1, model="m\\é", has_usage=has_usage)
    usage = Usage(num_prompt_tokens=1, num_completion_tokens=2)
    for event in (writer.role(), writer.text('a"\n\u2028'), writer.finish("length"), writer.usage(usage)):
        chunk = ChatCompletionChunk.model_validate_json(data_of(event))
        assert (chunk.id, chunk.model) == ('id"\n', "m\\é")
    assert ("usage" in orjson.loads(data_of(writer.text("x")))) is has_usage


def test_an_error_event_has_the_same_object_as_an_http_error() -> None:
    answer = ErrorAnswer.model_validate_json(data_of(error_event(EngineDeadError("gone\n\ndata: x"))))
    assert answer.error.code == "engine_dead"
