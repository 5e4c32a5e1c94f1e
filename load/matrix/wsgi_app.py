"""WSGI: a Flask application on waitress, a thread for each request.

`python -m load.matrix.wsgi_app THREADS DELAY_MS` prints its port.
"""

from __future__ import annotations

import logging
import socket
import sys
import time

import waitress
from flask import Flask

_BACKLOG = 2048


def make_app(delay_s: float) -> Flask:
    app = Flask(__name__)

    @app.get("/")
    def slow() -> str:
        time.sleep(delay_s)  # a database, another service: this thread can do nothing else meanwhile
        return "slow\n"

    return app


def main(num_threads: int, delay_ms: int) -> None:
    """Serve until the process is ended. Prints the port."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # else a line for each request that has to wait
    listening = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
    print(listening.getsockname()[1], flush=True)
    waitress.serve(
        make_app(delay_ms / 1000),
        sockets=[listening],
        threads=num_threads,
        connection_limit=_BACKLOG,
        asyncore_use_poll=True,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
