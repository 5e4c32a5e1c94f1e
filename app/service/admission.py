"""How much is accepted at once, in requests and in tokens. Checked and reserved in one step, before any tokenizing."""

from __future__ import annotations

import asyncio

from app.errors import DrainingError, QueueFullError


class Permit:
    """An accepted request's share of the limits. Thread: the event loop's."""

    __slots__ = ("_admission", "_is_released", "num_tokens")

    def __init__(self, admission: Admission, num_tokens: int) -> None:
        self._admission = admission
        self._is_released = False
        self.num_tokens = num_tokens

    def settle(self, num_tokens: int) -> None:
        """Replace the estimate by the true number of tokens; what was accepted stays accepted."""
        if not self._is_released:
            self._admission._give_back(self.num_tokens - num_tokens)
            self.num_tokens = num_tokens

    def release(self) -> None:
        """Give the share back. Idempotent; a plain def, so that a cancelled task can call it."""
        if not self._is_released:
            self._is_released = True
            self._admission._give_back(self.num_tokens, num_requests=1)


class Admission:
    """Counts what is accepted and refuses the rest at once, so that nobody waits in a queue without end.

    Thread: the event loop's; no call awaits, so check and reservation are one step.
    """

    def __init__(self, *, max_requests: int, max_tokens: int) -> None:
        self.max_requests = max_requests
        self.max_tokens = max_tokens
        self.num_requests = 0
        self.num_tokens = 0
        self._is_closed = False
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    def reserve(self, num_tokens: int) -> Permit:
        """Accept a request of about num_tokens prompt and output tokens; at least one request is always accepted.

        Raises: QueueFullError, DrainingError.
        """
        if self._is_closed:
            raise DrainingError("this server is shutting down and takes no new requests")
        if self.num_requests >= self.max_requests:
            raise QueueFullError(f"{self.num_requests} requests are accepted; this server takes {self.max_requests}")
        if self.num_requests and self.num_tokens + num_tokens > self.max_tokens:
            raise QueueFullError(
                f"accepted requests hold {self.num_tokens} tokens and this one needs {num_tokens}; "
                f"this server takes {self.max_tokens}"
            )
        self.num_requests += 1
        self.num_tokens += num_tokens
        self._is_idle.clear()
        return Permit(self, num_tokens)

    def close(self) -> None:
        """Accept nothing more. Idempotent."""
        self._is_closed = True

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    async def wait_idle(self) -> None:
        """Wait until nothing is accepted any more."""
        await self._is_idle.wait()

    def _give_back(self, num_tokens: int, *, num_requests: int = 0) -> None:
        self.num_tokens -= num_tokens
        self.num_requests -= num_requests
        if self.num_requests == 0:
            self._is_idle.set()

    def __repr__(self) -> str:
        return (
            f"<Admission {self.num_requests}/{self.max_requests} requests, {self.num_tokens}/{self.max_tokens} tokens>"
        )
