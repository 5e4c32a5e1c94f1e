"""Serves a fake service on a free port: `python -m tests.api.serve_fake`. SIGUSR1 lets its answers end."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator

from app import __main__ as command_line
from app import main
from app.service.requests import ChatRequest, TextDelta
from app.settings import Settings
from tests.api.fake_service import USAGE, FakeService, make_factory


class HeldStream:
    """Sends a word, and the rest when it is released."""

    def __init__(self, service: FakeService, released: asyncio.Event) -> None:
        self._service = service
        self._released = released
        service.drained.clear()

    async def __aiter__(self) -> AsyncIterator[TextDelta]:
        yield TextDelta("half")
        await self._released.wait()
        yield TextDelta("whole", finish_reason="stop", usage=USAGE)

    def abort(self) -> None:
        self._service.drained.set()


def run() -> int:
    """Serve until a signal comes."""
    service = FakeService()
    released = asyncio.Event()
    scripted_open = service.chat.open

    async def open_held(request: ChatRequest) -> HeldStream:
        await scripted_open(request)  # raises what the service was told to raise
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, released.set)
        return HeldStream(service, released)

    service.chat.open = open_held  # type: ignore[assignment, method-assign]
    settings = Settings(port=0, _env_file=None)
    app = main.create_app(settings, service_factory=make_factory(service))

    return command_line.serve(settings, app=app)


if __name__ == "__main__":
    sys.exit(run())
