"""Whole messages of bytes over one end of a socket pair, with a deadline for each: neither side can block for ever."""

from __future__ import annotations

import math
import socket
import time

_LENGTH_BYTES = 8


class Channel:
    """Sends and receives framed messages: 8 bytes of length, big-endian, then the payload.

    A message that was not whole when an error came leaves the channel out of step; it can then only be closed.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def send(self, payload: bytes, *, deadline_s: float = math.inf) -> None:
        """Send one message. `deadline_s` is a time of time.monotonic().

        Raises: TimeoutError, at the deadline; OSError, when the other side is gone.
        """
        self._set_timeout(deadline_s)
        self._socket.sendall(len(payload).to_bytes(_LENGTH_BYTES, "big"))
        self._set_timeout(deadline_s)
        self._socket.sendall(payload)

    def receive(self, *, deadline_s: float = math.inf) -> bytearray:
        """Wait for one message.

        Raises: TimeoutError, at the deadline; EOFError or OSError, when the other side is gone.
        """
        length = int.from_bytes(self._receive_exactly(_LENGTH_BYTES, deadline_s), "big")
        return self._receive_exactly(length, deadline_s)

    def close(self) -> None:
        """Close this end; the other side's next receive raises EOFError. Idempotent."""
        self._socket.close()

    def _receive_exactly(self, num_bytes: int, deadline_s: float) -> bytearray:
        buffer = bytearray(num_bytes)
        rest = memoryview(buffer)
        while rest:
            self._set_timeout(deadline_s)
            num_received = self._socket.recv_into(rest)
            if num_received == 0:
                raise EOFError("the other side closed the channel")
            rest = rest[num_received:]
        return buffer

    def _set_timeout(self, deadline_s: float) -> None:
        if deadline_s == math.inf:
            self._socket.settimeout(None)
            return
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the deadline has passed")
        self._socket.settimeout(left_s)
