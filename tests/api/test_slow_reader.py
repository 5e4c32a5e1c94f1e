from __future__ import annotations

import asyncio
import socket

from fastapi import FastAPI

from app.api.guarded_protocol import ConnectionLimits
from app.service.requests import TextDelta
from tests.api.asgi_call import chat_body
from tests.api.fake_service import FakeService
from tests.api.listening import DEADLINE_S, first_answer, listening

HURRIED = ConnectionLimits(send_stall_timeout_s=0.05)
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


async def test_the_sequence_of_a_client_that_reads_nothing_is_aborted_and_others_are_served(
    app: FastAPI, service: FakeService
) -> None:
    service.chat.steps = [TextDelta("x" * 1000)] * 100_000
    body = chat_body(stream=True)
    async with listening(app, HURRIED) as server, asyncio.timeout(DEADLINE_S):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)  # and never reads
            await service.chat.opened.wait()
            healthy = await first_answer(server.port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert healthy is not None
            assert healthy[0] == 200
            await service.chat.streams[0].aborted.wait()
    assert not service.chat.streams[0].is_finished
