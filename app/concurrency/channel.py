"""Whole messages of bytes over one end of a socket pair, with a deadline for each: neither side can block for ever."""

from __future__ import annotations

import math
import socket
import time
from collections.abc import Callable
from functools import partial

_LENGTH_BYTES = 8
_LOOK_S = 0.05  # how long a wait goes on before `check` is asked again; a look costs microseconds


class Channel:
    """Sends and receives framed messages: 8 bytes of length, big-endian, then the payload.

    While it waits, `check` is called twenty times a second; what it raises ends the wait. A message that was not whole
    when an error came leaves the channel out of step; it can then only be closed.
    """

    def __init__(self, sock: socket.socket, *, check: Callable[[], None] | None = None) -> None:
        self._socket = sock
        self._check = check

    def send(self, payload: bytes, *, deadline_s: float = math.inf) -> None:
        """Send one message. `deadline_s` is a time of time.monotonic().

        Raises: TimeoutError, at the deadline; OSError, when the other side is gone.
        """
        for part in (len(payload).to_bytes(_LENGTH_BYTES, "big"), payload):
            rest = memoryview(part)
            while rest:
                rest = rest[self._wait_for(partial(self._socket.send, rest), deadline_s) :]

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
            num_received = self._wait_for(partial(self._socket.recv_into, rest), deadline_s)
            if num_received == 0:
                raise EOFError("the other side closed the channel")
            rest = rest[num_received:]
        return buffer

    def _wait_for(self, transfer: Callable[[], int], deadline_s: float) -> int:
        """Do one transfer, a part of a message at most, and return its bytes; nothing is lost by a time-out of it."""
        while True:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError("the deadline has passed")
            look_s = left_s if self._check is None else min(left_s, _LOOK_S)
            self._socket.settimeout(None if look_s == math.inf else look_s)
            try:
                return transfer()
            except TimeoutError:
                if self._check is not None:
                    self._check()
