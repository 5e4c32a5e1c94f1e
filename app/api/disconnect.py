"""Notices that the client has left while its answer is being made, for streamed and whole answers alike."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from starlette.requests import ClientDisconnect
from starlette.types import Receive


class CancelOnDisconnect:
    """Cancels the block inside `async with` as soon as the client leaves; outside, that is a ClientDisconnect.

    Works as asyncio.timeout does: a cancel that came from elsewhere passes through unchanged. The request's body must
    have been read, for nobody else may call `receive` meanwhile.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._has_left = False
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._num_cancels = task.cancelling()
        self._watcher = asyncio.create_task(self._watch(), name="disconnect-watch")
        return self

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._has_left = True
        self._task.cancel()

    def stop_watching(self) -> None:
        """Let the block end undisturbed from here on."""
        # Not kept: its exception's frames know this object, and only the garbage collector would part them.
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.cancel()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_watching()
        task = self._task
        del self._task
        if self._has_left and task.uncancel() <= self._num_cancels and kind is asyncio.CancelledError:
            raise ClientDisconnect from error
