"""How much is accepted at once, in requests and in tokens. Checked and reserved in one step, before any tokenizing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from app.errors import DrainingError, OverShareError, QueueFullError
from app.service.rates import ServiceRates

# An owner may hold this many times what is still free: alone 4/5 of the limit, two of them 4/9 each, and so on. So
# there is always room for one who comes new (Choudhury and Hahne 1998, "Dynamic queue length thresholds").
_SHARE_OF_FREE = 4


@dataclass(slots=True)
class _Held:
    """What one owner holds, or everyone together."""

    num_requests: int = 0
    num_tokens: int = 0
    num_waiting_tokens: int = 0  # of requests that the engine has not taken yet

    def add(self, num_requests: int, num_tokens: int, num_waiting_tokens: int) -> None:
        self.num_requests += num_requests
        self.num_tokens += num_tokens
        self.num_waiting_tokens += num_waiting_tokens


class Permit:
    """An accepted request's share of the limits. Thread: the event loop's. All calls are idempotent.

    Plain defs, so that a cancelled task can call them.
    """

    __slots__ = ("_admission", "_is_released", "_is_started", "num_tokens", "owner")

    def __init__(self, admission: Admission, owner: str, num_tokens: int) -> None:
        self._admission = admission
        self._is_released = False
        self._is_started = False
        self.owner = owner
        self.num_tokens = num_tokens

    def settle(self, num_tokens: int) -> None:
        """Replace the estimate by the true number of tokens; what was accepted stays accepted."""
        if not self._is_released:
            change = num_tokens - self.num_tokens
            self._admission._change(self.owner, 0, change, 0 if self._is_started else change)
            self.num_tokens = num_tokens

    def start(self) -> None:
        """Note that the engine has taken the request: it waits no more."""
        if not self._is_started and not self._is_released:
            self._is_started = True
            self._admission._change(self.owner, 0, 0, -self.num_tokens)

    def release(self) -> None:
        """Give the share back."""
        if not self._is_released:
            self._is_released = True
            self._admission._change(self.owner, -1, -self.num_tokens, 0 if self._is_started else -self.num_tokens)


class Admission:
    """Counts what is accepted and refuses the rest at once, so that nobody waits in a queue without end.

    Thread: the event loop's; no call awaits, so check and reservation are one step. `num_slots` is how many requests
    run at once; `draw` returns a random number from 0 to 1, for Retry-After.
    """

    def __init__(
        self,
        *,
        max_requests: int,
        max_tokens: int,
        num_slots: int = 0,
        rates: ServiceRates | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.max_requests = max_requests
        self.max_tokens = max_tokens
        self._num_slots = num_slots
        self._rates = rates or ServiceRates()
        self._draw = draw
        self._all = _Held()
        self._owners: dict[str, _Held] = {}  # only those that hold something
        self._is_closed = False
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    def reserve(self, num_tokens: int, *, owner: str = "") -> Permit:
        """Accept a request of about num_tokens prompt and output tokens; at least one request is always accepted.

        owner: who asks, where there are keys; then nobody may hold so much that there is no room for others.
        Raises: QueueFullError, OverShareError, DrainingError.
        """
        self.check(num_tokens, owner=owner)
        self._change(owner, 1, num_tokens, num_tokens)
        return Permit(self, owner, num_tokens)

    def check(self, num_tokens: int = 1, *, owner: str = "") -> None:
        """Raise what `reserve` would raise now, and reserve nothing."""
        if self._is_closed:
            raise DrainingError("this server is shutting down and takes no new requests")
        if self.num_requests >= self.max_requests:
            raise QueueFullError(
                f"{self.num_requests} requests are accepted; this server takes {self.max_requests}",
                retry_after_s=self.retry_after_s(),
            )
        if self.num_requests and self.num_tokens + num_tokens > self.max_tokens:
            raise QueueFullError(
                f"accepted requests hold {self.num_tokens} tokens and this one needs {num_tokens}; "
                f"this server takes {self.max_tokens}",
                retry_after_s=self.retry_after_s(),
            )
        if owner:
            self._check_share(owner, num_tokens)

    def num_tokens_ahead(self, num_tokens: int = 0, *, owner: str = "") -> int:
        """Reserved tokens that will be served before a new request of num_tokens ends its wait.

        None while a slot is free: then the next step takes it. Turns are taken between owners: for each token of this
        owner's, every other one that waits gets one, too.
        """
        if self.num_requests < self._num_slots:
            return 0
        num_mine, num_others = self._line_of(owner)
        return min(self._all.num_waiting_tokens, num_mine + (num_mine + num_tokens) * num_others)

    def holds_less(self, owner: str) -> bool:
        """Whether others wait, and this owner holds less of the line than they do on average."""
        num_mine, num_others = self._line_of(owner)
        return num_mine * num_others < self._all.num_waiting_tokens - num_mine

    def retry_after_s(self) -> float:
        """When it is worth trying again, from how fast accepted requests end."""
        return self._rates.retry_after_s(self.num_tokens, jitter=self._draw())

    def close(self) -> None:
        """Accept nothing more. Idempotent."""
        self._is_closed = True

    @property
    def num_requests(self) -> int:
        """Requests that are accepted now."""
        return self._all.num_requests

    @property
    def num_tokens(self) -> int:
        """Their tokens."""
        return self._all.num_tokens

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    async def wait_idle(self) -> None:
        """Wait until nothing is accepted any more."""
        await self._is_idle.wait()

    def _line_of(self, owner: str) -> tuple[int, int]:
        """Tokens of this owner's that wait, and how many other owners wait."""
        mine = self._owners.get(owner)
        num_others = sum(1 for name, held in self._owners.items() if held.num_waiting_tokens and name != owner)
        return 0 if mine is None else mine.num_waiting_tokens, num_others

    def _check_share(self, owner: str, num_tokens: int) -> None:
        mine = self._owners.get(owner)
        if mine is None:
            return
        free_requests = self.max_requests - self.num_requests - 1
        free_tokens = self.max_tokens - self.num_tokens - num_tokens
        has_room = mine.num_requests < _SHARE_OF_FREE * free_requests
        if not has_room or mine.num_tokens + num_tokens > _SHARE_OF_FREE * free_tokens:
            raise OverShareError(
                f"{mine.num_requests} requests and {mine.num_tokens} tokens of yours are accepted; "
                "the rest of this server is kept for others",
                retry_after_s=self._rates.retry_after_s(mine.num_tokens * len(self._owners), jitter=self._draw()),
            )

    def _change(self, owner: str, num_requests: int, num_tokens: int, num_waiting_tokens: int) -> None:
        mine = self._owners.setdefault(owner, _Held())
        for held in (mine, self._all):
            held.add(num_requests, num_tokens, num_waiting_tokens)
        if not mine.num_requests:
            del self._owners[owner]
        if self.num_requests:
            self._is_idle.clear()
        else:
            self._is_idle.set()

    def __repr__(self) -> str:
        return (
            f"<Admission {self.num_requests}/{self.max_requests} requests, {self.num_tokens}/{self.max_tokens} tokens>"
        )
