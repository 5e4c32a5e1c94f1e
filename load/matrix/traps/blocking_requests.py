"""Trap: `requests` in `async def`. Nothing fails: the loop stands still, and only its debug mode says so."""

from __future__ import annotations

import asyncio
import logging
import re

import requests

from load.matrix.clock import watched
from load.matrix.experiment import Experiment, Verdict, verdict
from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale
from load.matrix.served import served

_STOP = "longest stop of the loop"
_DELAY_MS = 200


async def trap(url: str) -> int:
    return requests.get(url, timeout=10).status_code  # noqa: ASYNC210 (the trap itself)


async def mended(url: str) -> int:
    response = await asyncio.to_thread(requests.get, url, timeout=10)
    return response.status_code


class Messages(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


def measure(scale: Scale) -> list[Figure]:
    """With asyncio's debug mode on (PYTHONASYNCIODEBUG=1), which logs what held the loop for over 100 ms."""
    messages = Messages()
    logging.getLogger("asyncio").addHandler(messages)
    figures = []
    with served("load.matrix.slow_server", str(_DELAY_MS)) as server:
        for name, handler in (("trap", trap), ("mended", mended)):
            messages.texts.clear()
            seen = asyncio.run(watched(lambda handler=handler: handler(server.url)), debug=True)  # type: ignore[misc]
            slow = [_without_places(text) for text in messages.texts if text.startswith("Executing")]
            figures.append(Figure(_STOP, name, seen.loop_stop_s * 1000, "ms", note=slow[0] if slow else ""))
    return figures


def _without_places(message: str) -> str:
    """The task is told with its files and lines, which are of this machine."""
    return re.sub(r"<.*>", "<Task ...>", message)


def judge(figures: Figures) -> list[Verdict]:
    stopped, free = figures.of(_STOP, "trap"), figures.of(_STOP, "mended")
    message = figures.note(_STOP, "trap") or "no message"
    return [
        verdict(
            "requests in async def blocks the whole loop",
            f"{stopped:.0f} ms, in to_thread {free:.0f} ms; only debug mode says: {message}",
            holds=stopped > 0.8 * _DELAY_MS and free < stopped / 2,
        )
    ]


EXPERIMENT = Experiment("Trap: requests in async def", measure, judge)
