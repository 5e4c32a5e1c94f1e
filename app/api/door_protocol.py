"""The guarded protocol with a door before it: who is answered there gets an answer without a task or an ASGI call."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from app.api.door import Door
from app.api.guarded_protocol import GuardedProtocol


class _Answered:
    """Stands for the cycle of a request that was answered at the door: uvicorn drops what still comes of its body."""

    response_started = response_complete = True
    keep_alive = True
    message_event = asyncio.Event()


_ANSWERED = cast(Any, _Answered())


class DoorProtocol(GuardedProtocol):
    """Sends what its door answers, and serves the rest.

    The connection is kept: the body of a small request came with its head, and one that still comes is parsed and
    forgotten, for as long as headers may take. To close would cost both ends a new connection, and a client that still
    sends could lose the answer to a reset. Thread: the event loop's.
    """

    door: Door

    def _is_answered_at_door(self) -> bool:
        # Behind another answer, and where the client does not take its answers, only the usual way waits its turn.
        if self._is_answering or self.pipeline or self.flow.write_paused or self.parser.should_upgrade():
            return False
        if self.table.is_crowded:  # then refusals close, to make room
            return False
        if self.transport.is_closing():  # it came in one piece with a request whose answer was the last
            self.cycle = _ANSWERED
            return True
        keep_alive = self.parser.should_keep_alive() and self.parser.get_http_version() != "1.0"
        keep_alive = keep_alive and not self.expect_100_continue  # such a client may send its body, or not
        found = self.door.answer(self.parser.get_method(), self.url, self.headers, keep_alive=keep_alive)
        if found is None:
            return False
        self.cycle = _ANSWERED
        self.transport.write(found.answer)
        if found.is_last:
            self.transport.close()
        self.on_response_complete()
        return True


def door_protocol(base: type[GuardedProtocol], door: Door) -> type[GuardedProtocol]:
    """Return the protocol `base` with this door."""
    return type("LimitedDoorProtocol", (DoorProtocol, base), {"door": door})
