"""Who holds which slot of the KV cache, and which finished prefixes are kept. Accounting only: knows no tensors.

A slot has room for one sequence of max_len tokens, contiguous. Running sequences take the lowest slots, so they are
neighbours and attention over them is one call without a copy. What a finished sequence has computed is copied to a
shelf behind them and kept until its place is needed (least recently used first): a prompt that starts with the same
tokens, in the same cache scope, gets them copied back. Copying costs a hundredth of computing.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import OutOfSlotsError

if TYPE_CHECKING:
    from app.engine.sequence import Sequence

# Below this, copying a prefix costs more bookkeeping than computing it.
MIN_REUSED_TOKENS = 16


@dataclass(frozen=True, slots=True)
class PrefixCopy:
    """Keys and values of tokens first_token to num_tokens are to be copied from one slot to another before the step."""

    from_slot: int
    to_slot: int
    num_tokens: int
    first_token: int = 0


class KVCache:
    """Slots of running sequences (0 to num_slots - 1), the shelf behind them, and a token budget that both share.

    Thread: whoever owns the engine. `check()` proves the books; every engine test calls it.
    """

    def __init__(
        self, *, num_slots: int, max_len: int, num_shelf_slots: int = 0, max_tokens: int | None = None
    ) -> None:
        self.num_slots = num_slots
        self.num_shelf_slots = num_shelf_slots
        self.max_len = max_len
        capacity = (num_slots + num_shelf_slots) * max_len
        self.max_tokens = min(max_tokens or capacity, capacity)
        self._free = list(range(num_slots))  # a heap: low slots first keeps the running ones neighbours
        self._free_shelf = list(range(num_slots, num_slots + num_shelf_slots))
        self._running: dict[int, Sequence] = {}
        self._shelf: OrderedDict[int, Sequence] = OrderedDict()  # least recently used first
        self._reserved: dict[int, int] = {}  # tokens reserved by slot
        self._copies: list[PrefixCopy] = []  # decided and not yet taken, in the order in which they must be made

    @property
    def num_used_tokens(self) -> int:
        return sum(self._reserved.values())

    @property
    def num_evictable_tokens(self) -> int:
        return sum(self._reserved[slot] for slot in self._shelf)

    def has_room_for(self, sequence: Sequence) -> bool:
        """Whether `acquire` would succeed, kept prefixes given up where needed."""
        free = self.max_tokens - self.num_used_tokens + self.num_evictable_tokens
        return bool(self._free) and len(sequence.token_ids) <= free

    def acquire(self, sequence: Sequence) -> None:
        """Give the sequence a slot with room for its tokens; start it after the longest prefix that is known.

        Sets slot, num_computed and num_cached_tokens, and notes the prefix's copy. Raises: OutOfSlotsError.
        """
        if not self.has_room_for(sequence):
            raise OutOfSlotsError(f"no slot for {len(sequence.token_ids)} tokens: {self!r}")
        source, num_tokens = self._longest_prefix(sequence)
        slot = heapq.heappop(self._free)
        if num_tokens:
            self._copies.append(PrefixCopy(from_slot=source, to_slot=slot, num_tokens=num_tokens))
            if source in self._shelf:
                self._shelf.move_to_end(source)
        self._running[slot] = sequence
        self._reserved[slot] = len(sequence.token_ids)
        self._evict_down_to_budget()
        sequence.slot, sequence.num_computed = slot, num_tokens
        if sequence.num_output_tokens == 0:  # what a preempted one finds on its return may be of its own answer
            sequence.num_cached_tokens = num_tokens

    def grow(self, sequence: Sequence) -> bool:
        """Reserve room for all of a running sequence's tokens; False if the budget has none left."""
        slot = self._slot_of(sequence)
        missing = max(len(sequence.token_ids) - self._reserved[slot], 0)
        if self.num_used_tokens - self.num_evictable_tokens + missing > self.max_tokens:
            return False
        self._reserved[slot] += missing
        self._evict_down_to_budget()
        return True

    def release(self, sequence: Sequence, *, is_kept: bool) -> None:
        """Take the slot back; is_kept puts what was computed on the shelf, for a prompt with the same beginning."""
        slot = self._slot_of(sequence)
        del self._running[slot], self._reserved[slot]
        heapq.heappush(self._free, slot)
        if is_kept and sequence.num_computed >= MIN_REUSED_TOKENS and self.num_shelf_slots:
            self._keep(sequence, slot)
        sequence.slot = None

    def take_copies(self) -> tuple[PrefixCopy, ...]:
        """The copies to be made before the next step, in their order; whoever takes them makes them."""
        copies, self._copies = tuple(self._copies), []
        return copies

    def check(self) -> None:
        """Prove that every slot is accounted for exactly once. Raises: AssertionError."""
        assert sorted([*self._free, *self._running]) == list(range(self.num_slots)), f"slots lost or doubled: {self!r}"
        shelf = range(self.num_slots, self.num_slots + self.num_shelf_slots)
        assert sorted([*self._free_shelf, *self._shelf]) == list(shelf), f"slots lost or doubled: {self!r}"
        assert set(self._reserved) == {*self._running, *self._shelf}
        assert self.num_used_tokens <= self.max_tokens
        for slot, sequence in self._running.items():
            assert sequence.slot == slot
            assert sequence.num_computed <= len(sequence.token_ids) <= self.max_len + 1
        for slot, sequence in self._shelf.items():
            assert self._reserved[slot] == sequence.num_computed == len(sequence.token_ids)

    def _keep(self, sequence: Sequence, slot: int) -> None:
        """Put a finished sequence on the shelf: in place of its own beginning, a free place or the oldest's."""
        del sequence.token_ids[sequence.num_computed :]
        known_slot, num_known = self._known_beginning(sequence)
        if num_known == sequence.num_computed:
            self._shelf.move_to_end(known_slot)  # all of it is there already
            return
        if num_known:
            place = known_slot
        elif self._free_shelf:
            place = self._free_shelf.pop()
        else:
            place, _ = self._shelf.popitem(last=False)
        self._shelf[place] = sequence
        self._shelf.move_to_end(place)
        self._reserved[place] = sequence.num_computed
        self._copies.append(PrefixCopy(slot, place, sequence.num_computed, first_token=num_known))
        self._evict_down_to_budget()

    def _known_beginning(self, sequence: Sequence) -> tuple[int, int]:
        """The shelf's entry that is a beginning of the sequence, or all of it and more, and how much it knows."""
        for slot, other in self._shelf.items():
            if other.request.cache_scope == sequence.request.cache_scope:
                length = min(other.num_computed, sequence.num_computed)
                if other.token_ids[:length] == sequence.token_ids[:length]:
                    return slot, length
        return -1, 0

    def _slot_of(self, sequence: Sequence) -> int:
        assert sequence.slot is not None
        assert self._running[sequence.slot] is sequence
        return sequence.slot

    def _longest_prefix(self, sequence: Sequence) -> tuple[int, int]:
        """The slot that knows most of the sequence's beginning, and how much; (-1, 0) if none knows enough."""
        best_slot, best = -1, MIN_REUSED_TOKENS - 1
        if sequence.is_prompt_scored:  # a token that is not computed has no logits
            return -1, 0
        for slot, other in (*self._shelf.items(), *self._running.items()):
            if other.request.cache_scope != sequence.request.cache_scope:
                continue
            # The last token must go through the model to give logits, so it is never taken from the cache.
            limit = min(other.num_computed, len(sequence.token_ids) - 1)
            if limit > best and other.token_ids[:best] == sequence.token_ids[:best]:
                length = _common_length(other.token_ids, sequence.token_ids, limit)
                if length > best:
                    best_slot, best = slot, length
        return (best_slot, best) if best_slot >= 0 else (-1, 0)

    def _evict_down_to_budget(self) -> None:
        while self.num_used_tokens > self.max_tokens:
            slot, _ = self._shelf.popitem(last=False)
            del self._reserved[slot]
            self._free_shelf.append(slot)

    def __repr__(self) -> str:
        return (
            f"<KVCache {len(self._running)}/{self.num_slots} slots, {len(self._shelf)}/{self.num_shelf_slots} kept, "
            f"{self.num_used_tokens}/{self.max_tokens} tokens>"
        )


def _common_length(left: list[int], right: list[int], limit: int) -> int:
    """Length of the common beginning, at most limit; by halving, so that the comparing runs in C."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
