"""Every hostile request, over a real socket, to the whole application with a fake service."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence

import pytest
from fastapi import FastAPI

from app.api.answer_schemas import ErrorAnswer
from app.errors import InvalidRequestError
from app.main import create_app
from app.settings import Settings
from load.hostile import CASES, HostileCase
from tests.api.fake_service import FakePrompts, FakeService, make_factory
from tests.api.listening import Listening, first_answer, listening

MAX_ANSWER_BYTES = 4096
# The answer to what was sent first could be taken for the answer to what came after it, or is lost in the flood.
MAY_BE_CUT_OFF = {"3,000 requests at once", "path of 200 KB", "10,000 headers", "a value of 1 MB"}
GOOD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class BytePrompts(FakePrompts):
    """Knows token ids below 256, as one token a byte has it."""

    async def decode(self, token_ids: Sequence[int]) -> str:
        if any(token_id > 255 for token_id in token_ids):
            raise InvalidRequestError("no such token")
        return bytes(token_ids).decode()


@pytest.fixture
def service() -> FakeService:
    service = FakeService()
    service.prompts = BytePrompts()
    return service


@pytest.fixture
def app(service: FakeService) -> FastAPI:
    app = create_app(Settings(_env_file=None), service_factory=make_factory(service))
    app.state.service = service
    return app


@pytest.fixture
async def server(app: FastAPI) -> AsyncIterator[Listening]:
    async with listening(app) as server:
        yield server


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name[:80].replace("\x00", "nul"))
async def test_a_hostile_request_is_refused_in_openais_shape_or_cut_off(
    server: Listening, service: FakeService, case: HostileCase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answer = await first_answer(server.port, case.raw)
    if answer is None:
        assert case.name in MAY_BE_CUT_OFF
    else:
        status, headers, body = answer
        assert 400 <= status < 500, body
        assert len(body) + sum(map(len, headers)) <= MAX_ANSWER_BYTES
        assert headers[b"content-type"] == b"application/json"
        ErrorAnswer.model_validate_json(body)
        assert not any(echo in body for echo in (b"passwd", b"evil", b"127.0.0.1", b"nobody", b"x" * 40, b"9" * 40))
    assert service.chat.requests == []
    again = await first_answer(server.port, GOOD)
    assert again is not None
    assert again[0] == 200
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
