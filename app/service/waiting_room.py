"""Requests that the engine has not taken yet, and whose turn is next: fair between owners, in order within one.

Policy only, without a clock and without tasks. Owners are served by a virtual token counter (Sheng et al. 2024,
"Fairness in Serving Large Language Models"): the next request is the oldest of the owner that got the fewest tokens so
far. An owner that comes back after a pause starts where the others are, so nobody saves up turns. With one owner, or
none at all, this is first in, first out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Waiting(Generic[T]):
    """One request in line. num_tokens: prompt and longest answer, what it is charged with when it is taken."""

    request_id: str
    item: T
    owner: str = ""
    num_tokens: int = 1


@dataclass(slots=True)
class _Owner(Generic[T]):
    """Someone with requests here or in the engine. served_tokens is relative to the room's own counter."""

    served_tokens: float
    queue: dict[str, Waiting[T]] = field(default_factory=dict)  # by request id, oldest first
    num_taken: int = 0


class WaitingRoom(Generic[T]):
    """Thread: the event loop's. Every call is O(1), but `take` and its like look at each owner once."""

    def __init__(self) -> None:
        self._owners: dict[str, _Owner[T]] = {}  # only those that have something waiting or taken
        self._owner_of: dict[str, str] = {}  # request id -> owner, of all that wait
        self._served_tokens = 0.0  # the counter of whoever was served last: where a newcomer starts

    def __len__(self) -> int:
        return len(self._owner_of)

    def __repr__(self) -> str:
        return f"<WaitingRoom {len(self)} waiting, {len(self._owners)} owners>"

    def add(self, waiting: Waiting[T]) -> None:
        """Let a request wait behind its owner's others."""
        owner = self._owners.setdefault(waiting.owner, _Owner(self._served_tokens))
        if not owner.queue:
            owner.served_tokens = max(owner.served_tokens, self._served_tokens)
        owner.queue[waiting.request_id] = waiting
        self._owner_of[waiting.request_id] = waiting.owner

    def remove(self, request_id: str) -> Waiting[T] | None:
        """Take a request out that is wanted no more; None, if it does not wait here."""
        name = self._owner_of.pop(request_id, None)
        if name is None:
            return None
        waiting = self._owners[name].queue.pop(request_id)
        self._forget_if_gone(name)
        return waiting

    def take(self) -> Waiting[T] | None:
        """Take the request whose turn it is, and charge its owner; `settle` it when it has ended."""
        name = min(
            (name for name, owner in self._owners.items() if owner.queue),
            key=lambda name: self._owners[name].served_tokens,
            default=None,
        )
        if name is None:
            return None
        owner = self._owners[name]
        waiting = owner.queue.pop(next(iter(owner.queue)))
        del self._owner_of[waiting.request_id]
        self._served_tokens = max(self._served_tokens, owner.served_tokens)
        owner.served_tokens += waiting.num_tokens
        owner.num_taken += 1
        return waiting

    def settle(self, waiting: Waiting[T], *, num_unused_tokens: int = 0) -> None:
        """Note that a taken request has ended, and give its owner back what it was charged for and did not use."""
        owner = self._owners[waiting.owner]
        owner.served_tokens -= num_unused_tokens
        owner.num_taken -= 1
        self._forget_if_gone(waiting.owner)

    def take_all(self) -> list[Waiting[T]]:
        """Empty the room, in no particular order, and charge nobody."""
        found = [waiting for owner in self._owners.values() for waiting in owner.queue.values()]
        for waiting in found:
            self.remove(waiting.request_id)
        return found

    def _forget_if_gone(self, name: str) -> None:
        owner = self._owners[name]
        if not owner.queue and not owner.num_taken:
            del self._owners[name]
