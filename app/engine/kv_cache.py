"""Who holds which slot of the KV cache, and which finished prefixes are kept. Accounting only: knows no tensors.

A slot has room for one sequence of max_len tokens, contiguous, so that attention over a batch of neighbouring slots
is one call without a copy. A finished sequence's slot is retained until its place is needed (least recently used
first): a follow-up turn that starts with the same tokens, in the same cache scope, continues there.
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
    """Keys and values of the first num_tokens tokens are to be copied from one slot to another before the step."""

    from_slot: int
    to_slot: int
    num_tokens: int


class KVCache:
    """Slots and a token budget, shared by running sequences and retained prefixes.

    Thread: whoever owns the engine. `check()` proves the books; every engine test calls it.
    """

    def __init__(self, *, num_slots: int, max_len: int, max_tokens: int | None = None) -> None:
        self.num_slots = num_slots
        self.max_len = max_len
        self.max_tokens = min(max_tokens or num_slots * max_len, num_slots * max_len)
        self._free = list(range(num_slots))  # a heap: low slots first keeps the running ones neighbours
        self._running: dict[int, Sequence] = {}
        self._retained: OrderedDict[int, Sequence] = OrderedDict()
        self._reserved: dict[int, int] = {}  # tokens reserved by slot

    @property
    def num_used_tokens(self) -> int:
        return sum(self._reserved.values())

    @property
    def num_evictable_tokens(self) -> int:
        return sum(self._reserved[slot] for slot in self._retained)

    def has_room_for(self, sequence: Sequence) -> bool:
        """Whether `acquire` would succeed, retained prefixes given up where needed."""
        free = self.max_tokens - self.num_used_tokens + self.num_evictable_tokens
        return bool(self._free or self._retained) and len(sequence.token_ids) <= free

    def acquire(self, sequence: Sequence) -> PrefixCopy | None:
        """Give the sequence a slot with room for its tokens; start it after the longest prefix that is known.

        Sets slot, num_computed and num_cached_tokens. Returns the copy to be made first, if the prefix is elsewhere.
        Raises: OutOfSlotsError.
        """
        if not self.has_room_for(sequence):
            raise OutOfSlotsError(f"no slot for {len(sequence.token_ids)} tokens: {self!r}")
        source, num_tokens = self._longest_prefix(sequence)
        copy = None
        if source in self._retained and 2 * num_tokens >= self._reserved[source]:
            self._forget(source)  # the prefix's own slot: continue in place
            self._free.remove(source)
            heapq.heapify(self._free)
            slot = source
        else:
            slot = self._take_slot(keep=source)
            if source >= 0 and source != slot:
                copy = PrefixCopy(from_slot=source, to_slot=slot, num_tokens=num_tokens)
                if source in self._retained:
                    self._retained.move_to_end(source)
        self._running[slot] = sequence
        self._reserved[slot] = len(sequence.token_ids)
        self._evict_down_to_budget()
        sequence.slot, sequence.num_computed = slot, num_tokens
        if sequence.num_output_tokens == 0:  # what a preempted one finds on its return may be of its own answer
            sequence.num_cached_tokens = num_tokens
        return copy

    def grow(self, sequence: Sequence) -> bool:
        """Reserve room for all of a running sequence's tokens; False if the budget has none left."""
        slot = self._slot_of(sequence)
        missing = len(sequence.token_ids) - self._reserved[slot]
        while self.num_used_tokens + missing > self.max_tokens and self._retained:
            self._forget(next(iter(self._retained)))
        if self.num_used_tokens + missing > self.max_tokens:
            return False
        self._reserved[slot] += max(missing, 0)
        return True

    def release(self, sequence: Sequence, *, is_kept: bool) -> None:
        """Take the slot back; is_kept retains what was computed for reuse by a prompt with the same beginning."""
        slot = self._slot_of(sequence)
        del self._running[slot]
        if is_kept and sequence.num_computed >= MIN_REUSED_TOKENS:
            del sequence.token_ids[sequence.num_computed :]
            self._reserved[slot] = sequence.num_computed
            self._retained[slot] = sequence
        else:
            del self._reserved[slot]
            heapq.heappush(self._free, slot)
        sequence.slot = None

    def check(self) -> None:
        """Prove that every slot is accounted for exactly once. Raises: AssertionError."""
        slots = [*self._free, *self._running, *self._retained]
        assert sorted(slots) == list(range(self.num_slots)), f"slots lost or doubled: {self!r}"
        assert set(self._reserved) == {*self._running, *self._retained}
        assert self.num_used_tokens <= self.max_tokens
        for slot, sequence in self._running.items():
            assert sequence.slot == slot
            assert sequence.num_computed <= len(sequence.token_ids) <= self.max_len + 1
        for slot, sequence in self._retained.items():
            assert self._reserved[slot] == sequence.num_computed == len(sequence.token_ids)

    def _slot_of(self, sequence: Sequence) -> int:
        assert sequence.slot is not None
        assert self._running[sequence.slot] is sequence
        return sequence.slot

    def _longest_prefix(self, sequence: Sequence) -> tuple[int, int]:
        """The slot that knows most of the sequence's beginning, and how much; (-1, 0) if none knows enough."""
        best_slot, best = -1, MIN_REUSED_TOKENS - 1
        for slot, other in (*self._retained.items(), *self._running.items()):
            if other.request.cache_scope != sequence.request.cache_scope:
                continue
            # The last token must go through the model to give logits, so it is never taken from the cache.
            limit = min(other.num_computed, len(sequence.token_ids) - 1)
            if limit > best and other.token_ids[:best] == sequence.token_ids[:best]:
                length = _common_length(other.token_ids, sequence.token_ids, limit)
                if length > best:
                    best_slot, best = slot, length
        return (best_slot, best) if best_slot >= 0 else (-1, 0)

    def _take_slot(self, *, keep: int) -> int:
        if not self._free:
            # A prefix that is about to be copied goes last; alone it is continued in place (copy onto itself).
            victim = next((slot for slot in self._retained if slot != keep), keep)
            self._forget(victim)
        return heapq.heappop(self._free)

    def _evict_down_to_budget(self) -> None:
        while self.num_used_tokens > self.max_tokens:
            self._forget(next(iter(self._retained)))

    def _forget(self, slot: int) -> None:
        del self._retained[slot], self._reserved[slot]
        heapq.heappush(self._free, slot)

    def __repr__(self) -> str:
        return (
            f"<KVCache {len(self._running)} running, {len(self._retained)} retained of {self.num_slots} slots, "
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
