from __future__ import annotations

import asyncio
import socket
from typing import Any

import orjson
import pytest
import uvicorn
from uvicorn.server import ServerState

from app.api.answer_schemas import ErrorAnswer
from app.api.guarded_protocol import IS_CROWDED, ConnectionLimits, guarded_protocol
from tests.api.listening import DEADLINE_S, exchange, first_answer, listening

SMALL = ConnectionLimits(header_timeout_s=60, max_header_bytes=2000, max_headers=10, max_pipelined=2)
HURRIED = ConnectionLimits(header_timeout_s=0.05, send_stall_timeout_s=0.05)
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the body that came."""
    body = b""
    while (message := await receive()).get("more_body"):
        body += message["body"]
    if message["type"] == "http.disconnect":
        return
    body += message["body"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


class Holding:
    """Answers once it is released; knows who has left."""

    def __init__(self) -> None:
        self.released = asyncio.Event()
        self.arrived = asyncio.Queue[dict[str, Any]]()
        self.left = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.arrived.put_nowait(scope)
        await self.released.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


async def reads_nothing(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"no"})


@pytest.mark.parametrize("piece", [b"", b"GET / HTTP/1.1\r\nHo", b"GET / HTTP/1.1\r\nHost: x\r\n", b"\r\n\r\n"])
async def test_a_connection_whose_headers_do_not_come_is_closed(piece: bytes) -> None:
    async with listening(hello, HURRIED) as server:
        assert await exchange(server.port, piece) == b""


@pytest.mark.parametrize("piece", [b"\r\n", b"G", b"GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_a_kept_connection_that_sends_too_little_is_closed_too(piece: bytes) -> None:
    async with listening(hello, HURRIED) as server, asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(GET)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(piece)
        assert await reader.read() == b""
        writer.close()


async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a byte now and then until the server closes."""
    ended = asyncio.create_task(reader.read())
    while not ended.done():
        writer.write(b"a")
        await asyncio.wait([ended], timeout=0.01)
    assert ended.exception() is not None or ended.result() == b""
    writer.close()


async def test_a_trickle_of_headers_does_not_win_time() -> None:
    async with listening(hello, HURRIED) as server, asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ")
        await trickle(reader, writer)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: %b\r\n" % (b"a" * 200) * 50 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: %b" % (b"a" * 3000), 431),  # and never ends
        (b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n" % (b"a" * 2000), 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 10 + b"\r\n", 431),
        (CHUNKED + b"1;%b" % (b"e" * 3000), 431),  # an extension that never ends
        (CHUNKED + b"1\r\nx\r\n0\r\n" + b"X: y\r\n" * 600, 431),  # trailers that never end
        (CHUNKED + b"zz\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
    ],
)
async def test_what_is_too_much_or_no_http_is_refused_in_openais_shape(raw: bytes, status: int) -> None:
    async with listening(hello, SMALL) as server:
        answer = await first_answer(server.port, raw)
    assert answer is not None
    assert answer[0] == status
    assert answer[1][b"connection"] == b"close"
    assert ErrorAnswer.model_validate_json(answer[2]).error.code == "invalid_http"


async def test_as_many_headers_and_bytes_as_are_allowed_pass() -> None:
    headers = b"".join(b"X: %b\r\n" % (b"y" * 190) for _ in range(8))
    async with listening(hello, SMALL) as server:
        answer = await first_answer(server.port, b"GET / HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n")
        assert answer is not None
        assert answer[0] == 200


async def test_a_body_may_be_longer_than_headers_and_a_further_request_follows() -> None:
    body = b"x" * 10_000
    request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n"
    last = request.replace(b"Host", b"Connection: close\r\nHost")
    async with listening(hello, SMALL) as server:
        answer = await exchange(server.port, request, body[:5000], body[5000:], last, body)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.count(b"x" * 10_000) == 2


async def test_a_body_in_chunks_of_a_byte_passes() -> None:
    async with listening(hello, SMALL) as server:
        answer = await first_answer(server.port, CHUNKED + b"1\r\nx\r\n" * 3000 + b"0\r\n\r\n")
    assert answer is not None
    assert answer[::2] == (200, b"x" * 3000)


async def test_a_trailer_does_not_become_a_header() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await hello(scope, receive, send)
        seen.extend(scope["headers"])

    async with listening(app, SMALL) as server:
        await first_answer(server.port, CHUNKED + b"1\r\nx\r\n0\r\nAuthorization: Bearer k\r\n\r\n")
    assert dict(seen) == {b"host": b"x", b"transfer-encoding": b"chunked"}


async def test_a_few_requests_may_be_sent_ahead_and_are_answered_in_order() -> None:
    async with listening(hello, SMALL) as server:
        assert (await exchange(server.port, GET * 2 + LAST)).count(b"HTTP/1.1 200") == 3


async def test_more_sent_ahead_end_the_connection_instead_of_piling_up() -> None:
    app = Holding()
    async with listening(app, SMALL) as server:
        assert await exchange(server.port, GET * 4) == b""
        app.released.set()


@pytest.mark.parametrize("last", [b"", b"nonsense\r\n\r\n"])
async def test_an_answer_ends_with_its_connection_also_if_more_was_sent_ahead(last: bytes) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def waits(scope: Any, receive: Any, send: Any) -> None:
        begun.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        ended.set()

    async with listening(waits, SMALL) as server, asyncio.timeout(DEADLINE_S):
        _reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(GET * 2 + last)
        await begun.wait()
        if not last:
            writer.close()
        await ended.wait()
        writer.close()


async def test_nonsense_during_an_answer_ends_it_and_never_gets_into_it() -> None:
    async def streams(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    async with listening(streams, SMALL) as server:
        answer = await exchange(server.port, GET, b"nonsense\r\n\r\n")
    assert answer.count(b"HTTP/1.1") <= 1


async def test_an_upgrade_is_answered_as_plain_http_and_ends_the_connection() -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    async with listening(hello, SMALL) as server:
        answer = await exchange(server.port, request + GET)
    assert answer.count(b"HTTP/1.1 200") == 1
    assert b"connection: close" in answer


async def test_a_body_that_nobody_reads_may_end_but_not_go_on_for_ever() -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"
    async with listening(reads_nothing, HURRIED) as server, asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(head)
        await reader.readuntil(b"\r\n\r\nno")
        await trickle(reader, writer)


async def test_a_connection_whose_body_came_after_its_answer_is_not_kept_for_ever() -> None:
    async with listening(reads_nothing, keep_alive_s=1) as server, asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
        await reader.readuntil(b"\r\n\r\nno")
        writer.write(b"body")
        assert await reader.read() == b""
        writer.close()


async def test_a_client_that_takes_nothing_is_cut_off_and_its_work_ends() -> None:
    ended = asyncio.Event()

    async def streams(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (waiting := asyncio.create_task(receive())) and not ended.is_set():
            await send({"type": "http.response.body", "body": b"x" * 10_000, "more_body": True})
            await asyncio.sleep(0)
            if waiting.done() and waiting.result()["type"] == "http.disconnect":
                ended.set()
            waiting.cancel()

    async with listening(streams, HURRIED) as server, asyncio.timeout(DEADLINE_S):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(GET)  # and never reads
            await ended.wait()
        assert len(server.protocol.table) == 0


class StuckTransport(asyncio.Transport):
    """Takes everything, gives nothing to the kernel, and so never ends by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.is_closed = False
        self.aborted = asyncio.Event()

    def write(self, data: Any) -> None: ...

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def abort(self) -> None:
        self.aborted.set()


async def test_a_connection_that_was_reset_leaves_no_timer_behind() -> None:
    protocol = guarded_protocol(ConnectionLimits(), max_connections=1, num_reserved=0)
    config = uvicorn.Config(reads_nothing, http=protocol, ws="none", lifespan="off", log_config=None)
    state = ServerState()
    connection = protocol(config=config, server_state=state, app_state={})
    connection.connection_made(StuckTransport())
    connection.data_received(GET)
    await asyncio.gather(*state.tasks)
    connection.connection_lost(ConnectionResetError())
    assert connection.timeout_keep_alive_task is None


@pytest.mark.parametrize("request_", [LAST, GET, b"nonsense\r\n\r\n"])
async def test_what_is_left_of_an_answer_does_not_hold_a_connection_for_ever(request_: bytes) -> None:
    protocol = guarded_protocol(HURRIED, max_connections=1, num_reserved=0)
    config = uvicorn.Config(reads_nothing, http=protocol, ws="none", lifespan="off", log_config=None)
    config.timeout_keep_alive = 0
    connection = protocol(config=config, server_state=ServerState(), app_state={})
    transport = StuckTransport()
    connection.connection_made(transport)
    connection.data_received(request_)
    async with asyncio.timeout(DEADLINE_S):
        await transport.aborted.wait()
    assert transport.is_closed


async def test_the_kernel_takes_little_for_a_client_that_does_not_read() -> None:
    app = Holding()
    async with listening(app) as server, asyncio.timeout(DEADLINE_S):
        sending = asyncio.create_task(first_answer(server.port, GET))
        await app.arrived.get()
        (connection,) = server.protocol.table._phases
        sock = connection.transport.get_extra_info("socket")
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 131_072
        app.released.set()
        await sending


async def test_silent_connections_make_room_for_a_request() -> None:
    async with listening(hello, max_connections=5) as server, asyncio.timeout(DEADLINE_S):
        silent = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(20)]
        answer = await first_answer(server.port, GET)
        assert answer is not None
        assert answer[0] == 200
        assert await silent[0][0].read() == b""  # the oldest have gone
        assert len(server.protocol.table) <= 5
        for _, writer in silent:
            writer.close()


async def test_in_a_crowd_requests_are_marked_and_beyond_the_reserve_connections_closed() -> None:
    app = Holding()
    async with listening(app, max_connections=2, num_reserved=1) as server, asyncio.timeout(DEADLINE_S):
        asking = []
        for is_crowded in (False, False, True):
            asking.append(asyncio.create_task(first_answer(server.port, GET)))
            assert (await app.arrived.get()).get(IS_CROWDED, False) is is_crowded
        assert await first_answer(server.port, GET) is None
        app.released.set()
        assert [answer[0] for answer in await asyncio.gather(*asking) if answer] == [200, 200, 200]


async def test_a_refusal_never_repeats_what_was_sent() -> None:
    async with listening(hello, SMALL) as server:
        answer = await first_answer(server.port, b"GET / HTTP/1.1\r\nCanary : 1\r\n\r\n")
    assert answer is not None
    assert b"anary" not in orjson.dumps(answer[2].decode())
