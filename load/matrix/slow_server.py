"""A web server that takes its time: every GET is answered after the same delay, thousands at once.

`python -m load.matrix.slow_server DELAY_MS` prints its port. It stands for the slow thing at the other end of the wire,
so it is written close to the socket: what is measured is the client.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop

_BACKLOG = 4096
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nslow\n"


class SlowAnswers(asyncio.Protocol):
    """One connection, kept alive; requests have no bodies and are not pipelined."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._transport: asyncio.WriteTransport | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is one without being of that class

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._received.endswith(b"\r\n\r\n"):
            self._received = b""
            asyncio.get_running_loop().call_later(self._delay_s, self._answer)

    def _answer(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_ANSWER)


async def serve(delay_s: float) -> None:
    """Serve until the process is ended. Prints the port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SlowAnswers(delay_s), "127.0.0.1", 0, backlog=_BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(float(sys.argv[1]) / 1000))
