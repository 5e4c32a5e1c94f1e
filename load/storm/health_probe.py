"""Asks /healthz on an even beat, in a process of its own: python -m load.storm.health_probe HOST PORT INTERVAL_S PATH.

In a thread of the client it would wait for the client's GIL and count that as the server's. Ends when its input does,
and prints one JSON list a ping: [planned, sent, answered, status]; seconds of time.perf_counter, status 0 if it broke.
"""

from __future__ import annotations

import http.client
import json
import select
import sys
import time
from collections.abc import Callable

_TIMEOUT_S = 30.0

Ping = tuple[float, float, float, int]


def probe(
    host: str, port: int, *, interval_s: float, path: str = "/healthz", wait: Callable[[float], bool]
) -> list[Ping]:
    """Ping until `wait(seconds)`, which waits that long for a stop, says True.

    A ping that is answered late makes the next ones late; they count from the moment at which they were due.
    """
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
    pings: list[Ping] = []
    planned = time.perf_counter()
    while not wait(max(0.0, planned - time.perf_counter())):
        sent = time.perf_counter()
        status = _ask(connection, path)
        pings.append((planned, sent, time.perf_counter(), status))
        planned += interval_s
    connection.close()
    return pings


def _ask(connection: http.client.HTTPConnection, path: str) -> int:
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        connection.close()  # the next request opens it again
        return 0
    return response.status


def _wait_for_end_of_input(seconds: float) -> bool:
    return bool(select.select([sys.stdin], [], [], seconds)[0])


if __name__ == "__main__":
    print("ready", flush=True)
    host, port, interval_s, path = sys.argv[1:]
    found = probe(host, int(port), interval_s=float(interval_s), path=path, wait=_wait_for_end_of_input)
    print(json.dumps(found))
