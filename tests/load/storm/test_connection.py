"""Connections are kept, and one that breaks is never taken for an answer."""

from __future__ import annotations

import asyncio

import pytest

from load.storm import wire
from load.storm.answer import BrokenAnswerError
from load.storm.connection import Connection, Pool
from tests.load.storm.fake_server import DEADLINE_S, Asked, CloseConnectionError, FakeServer, Handler, http


def always(raw: bytes) -> Handler:
    async def answer(asked: Asked) -> bytes:
        return raw

    return answer


async def test_a_connection_serves_one_request_after_another() -> None:
    async with FakeServer() as server, asyncio.timeout(DEADLINE_S), Pool(server.target) as pool:
        for _ in range(3):
            assert (await pool.ask(wire.get(server.target, "/healthz"))).status == 200
        assert server.num_connections == pool.num_opened == 1


async def test_requests_at_once_have_a_connection_each() -> None:
    async with FakeServer() as server, asyncio.timeout(DEADLINE_S), Pool(server.target) as pool:
        await asyncio.gather(*(pool.ask(wire.get(server.target, "/healthz")) for _ in range(4)))
        assert server.num_connections == 4


async def test_a_connection_that_the_server_ends_is_not_used_again() -> None:
    routes = {"/healthz": always(http(503, b"{}", Connection="close"))}
    async with FakeServer(routes=routes) as server, asyncio.timeout(DEADLINE_S), Pool(server.target) as pool:
        for _ in range(2):
            assert (await pool.ask(wire.get(server.target, "/healthz"))).is_last
        assert server.num_connections == 2


async def test_an_end_without_an_answer_is_an_error() -> None:
    async def hang_up(asked: Asked) -> bytes:
        raise CloseConnectionError

    routes: dict[str, Handler] = {"/healthz": hang_up}
    async with FakeServer(routes=routes) as server, asyncio.timeout(DEADLINE_S), Pool(server.target) as pool:
        with pytest.raises(BrokenAnswerError, match="0 bytes"):
            await pool.ask(wire.get(server.target, "/healthz"))


async def test_what_is_not_http_is_an_error() -> None:
    routes = {"/healthz": always(b"nonsense\r\n\r\n")}
    async with FakeServer(routes=routes) as server, asyncio.timeout(DEADLINE_S), Pool(server.target) as pool:
        with pytest.raises(BrokenAnswerError, match="not HTTP"):
            await pool.ask(wire.get(server.target, "/healthz"))


async def test_an_answer_that_comes_before_anyone_waits_is_kept() -> None:
    async with FakeServer() as server, asyncio.timeout(DEADLINE_S):
        connection, other = await Connection.open(server.target), await Connection.open(server.target)
        connection.send(wire.get(server.target, "/healthz"))
        while not connection.num_answer_bytes:
            await other.ask(wire.get(server.target, "/healthz"))
        assert (await connection.answer()).status == 200
        connection.close()
        other.close()
