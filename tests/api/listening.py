"""uvicorn inside a test: a real port, no signals, everything gone afterwards; and raw bytes to send to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from app.api.door import Door
from app.api.door_protocol import door_protocol
from app.api.guarded_protocol import ConnectionLimits, GuardedProtocol, guarded_protocol

DEADLINE_S = 20.0


class Listening:
    """A running server: its port and its protocol class, whose table tells what connections there are.

    `lost` is set once a connection has ended.
    """

    def __init__(self, port: int, protocol: type[GuardedProtocol], lost: asyncio.Event) -> None:
        self.port = port
        self.protocol = protocol
        self.lost = lost


@asynccontextmanager
async def listening(
    app: Any,
    limits: ConnectionLimits | None = None,
    *,
    max_connections: int = 1000,
    num_reserved: int = 2,
    keep_alive_s: int = 5,
    door: Door | None = None,
) -> AsyncIterator[Listening]:
    """Serve an ASGI application, without its lifespan, on a free port."""
    protocol = guarded_protocol(
        limits or ConnectionLimits(header_timeout_s=60), max_connections=max_connections, num_reserved=num_reserved
    )
    if door is not None:
        protocol = door_protocol(protocol, door)
    config = uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=keep_alive_s,
    )
    config.load()
    state = uvicorn.Server(config).server_state
    lost = asyncio.Event()

    class Watched(protocol):  # type: ignore[valid-type, misc]
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            lost.set()

    server = await asyncio.get_running_loop().create_server(
        lambda: Watched(config=config, server_state=state, app_state={}), "127.0.0.1", 0, backlog=1000
    )
    async with server:
        yield Listening(server.sockets[0].getsockname()[1], protocol, lost)
        for connection in list(state.connections):
            connection.transport.abort()
        for task in list(state.tasks):
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)


async def exchange(port: int, *pieces: bytes) -> bytes:
    """Send the pieces, one a loop turn, and return all that comes until the server closes."""
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()


async def first_answer(port: int, raw: bytes) -> tuple[int, dict[bytes, bytes], bytes] | None:
    """Send a whole request and return the first answer's status, headers and body; None if the server just closes."""
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        sending = asyncio.create_task(_send(writer, raw))
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(b": ") for line in lines[1:-2])}
            body = await reader.readexactly(int(headers.get(b"content-length", b"0")))
            return int(lines[0].split()[1]), headers, body
        except (ConnectionError, asyncio.IncompleteReadError):
            return None
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            writer.close()


async def _send(writer: asyncio.StreamWriter, raw: bytes) -> None:
    writer.write(raw)
    await writer.drain()
