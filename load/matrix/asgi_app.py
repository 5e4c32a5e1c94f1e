"""ASGI: a FastAPI application on uvicorn, one event loop. `python -m load.matrix.asgi_app DELAY_MS` prints its port.

`/` waits on the loop. `/def` is the same as a plain `def`, which the framework runs in its pool of 40 threads.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time

import uvicorn
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

_BACKLOG = 2048


def make_app(delay_s: float) -> FastAPI:
    app = FastAPI()

    @app.get("/", response_class=PlainTextResponse)
    async def slow() -> str:
        await asyncio.sleep(delay_s)  # a database, another service: the loop serves others meanwhile
        return "slow\n"

    @app.get("/def", response_class=PlainTextResponse)
    def slow_in_a_thread() -> str:
        time.sleep(delay_s)
        return "slow\n"

    return app


def main(delay_ms: int) -> None:
    """Serve until the process is ended. Prints the port."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
    print(listening.getsockname()[1], flush=True)
    server = uvicorn.Server(uvicorn.Config(make_app(delay_ms / 1000), log_level="error"))
    server.run(sockets=[listening])


if __name__ == "__main__":
    main(int(sys.argv[1]))
