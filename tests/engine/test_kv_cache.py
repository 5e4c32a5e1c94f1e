"""The cache's books: slots, budget, and which prefixes may be reused."""

from __future__ import annotations

import pytest

from app.engine.kv_cache import MIN_REUSED_TOKENS, KVCache, PrefixCopy
from app.engine.protocol import EngineRequest
from app.engine.sampling_params import SamplingParams
from app.engine.sequence import Sequence
from app.errors import OutOfSlotsError

LONG = list(range(100, 130))


def make_sequence(token_ids: list[int], *, scope: str = "") -> Sequence:
    return Sequence(EngineRequest("a", token_ids, SamplingParams(), scope), arrival=0)


def run(cache: KVCache, token_ids: list[int], *, scope: str = "") -> Sequence:
    """A sequence that holds a slot and is computed to its end."""
    sequence = make_sequence(token_ids, scope=scope)
    cache.acquire(sequence)
    sequence.num_computed = len(token_ids)
    cache.check()
    return sequence


def keep(cache: KVCache, token_ids: list[int], *, scope: str = "") -> int:
    """Leave a finished prefix behind; returns its slot."""
    sequence = run(cache, token_ids, scope=scope)
    slot = sequence.slot
    assert slot is not None
    cache.release(sequence, is_kept=True)
    cache.check()
    return slot


def test_low_slots_are_taken_first() -> None:
    cache = KVCache(num_slots=3, max_len=64)
    first, second, third = (run(cache, [n]) for n in (1, 2, 3))
    assert [first.slot, second.slot, third.slot] == [0, 1, 2]
    cache.release(second, is_kept=False)
    assert run(cache, [4]).slot == 1


def test_no_slot_is_given_twice() -> None:
    cache = KVCache(num_slots=2, max_len=64)
    run(cache, [1])
    run(cache, [2])
    third = make_sequence([3])
    assert not cache.has_room_for(third)
    with pytest.raises(OutOfSlotsError, match="no slot for 1 tokens"):
        cache.acquire(third)
    assert third.slot is None
    cache.check()


def test_budget_counts_reserved_tokens() -> None:
    cache = KVCache(num_slots=4, max_len=64, max_tokens=50)
    first = run(cache, LONG)
    assert not cache.has_room_for(make_sequence(list(range(21))))
    assert cache.has_room_for(make_sequence(list(range(20))))
    first.token_ids += [1] * 20
    assert cache.grow(first)
    assert cache.num_used_tokens == 50
    first.token_ids.append(1)
    assert not cache.grow(first)
    assert cache.num_used_tokens == 50


def test_growing_gives_up_the_oldest_prefixes_only_as_needed() -> None:
    cache = KVCache(num_slots=4, max_len=64, max_tokens=60)
    keep(cache, list(range(16)))
    keep(cache, list(range(50, 66)))
    sequence = run(cache, [7] * 20)
    sequence.token_ids += [7] * 9
    assert cache.grow(sequence)
    cache.check()
    assert cache.num_used_tokens == 29 + 16
    assert make_and_count_cached(cache, [*range(50, 66), 1]) == 16


def make_and_count_cached(cache: KVCache, token_ids: list[int], *, scope: str = "") -> int:
    sequence = make_sequence(token_ids, scope=scope)
    cache.acquire(sequence)
    cache.check()
    return sequence.num_cached_tokens


def test_prefix_is_continued_in_place_when_most_of_it_is_used() -> None:
    cache = KVCache(num_slots=3, max_len=64)
    slot = keep(cache, LONG)
    sequence = make_sequence([*LONG[:20], 1, 2])
    assert cache.acquire(sequence) is None
    assert (sequence.slot, sequence.num_computed, sequence.num_cached_tokens) == (slot, 20, 20)


def test_prefix_is_copied_when_most_of_it_would_be_lost() -> None:
    cache = KVCache(num_slots=3, max_len=64)
    slot = keep(cache, list(range(60)))
    sequence = make_sequence([*range(20), 99])
    assert cache.acquire(sequence) == PrefixCopy(from_slot=slot, to_slot=1, num_tokens=20)
    assert sequence.slot == 1
    assert make_and_count_cached(cache, [*range(59), 98]) == 59, "the original is still there"


def test_prefix_of_a_running_sequence_is_copied_as_far_as_it_is_computed() -> None:
    cache = KVCache(num_slots=3, max_len=64)
    other = run(cache, LONG)
    other.num_computed = 18
    sequence = make_sequence(LONG)
    assert cache.acquire(sequence) == PrefixCopy(from_slot=0, to_slot=1, num_tokens=18)


def test_last_slot_is_continued_in_place_rather_than_copied() -> None:
    cache = KVCache(num_slots=1, max_len=64)
    keep(cache, list(range(60)))
    sequence = make_sequence([*range(20), 99])
    assert cache.acquire(sequence) is None
    assert (sequence.slot, sequence.num_computed) == (0, 20)
    cache.check()


def test_last_token_is_never_taken_from_the_cache() -> None:
    cache = KVCache(num_slots=2, max_len=64)
    keep(cache, LONG)
    assert make_and_count_cached(cache, list(LONG)) == len(LONG) - 1


def test_longest_of_several_prefixes_wins() -> None:
    cache = KVCache(num_slots=5, max_len=64)
    others = [run(cache, [*LONG[:length], *range(1, 10)]) for length in (18, 24, 20)]
    for other in others:
        cache.release(other, is_kept=True)
    assert make_and_count_cached(cache, [*LONG, 1]) == 24


def test_short_common_beginnings_are_not_reused() -> None:
    cache = KVCache(num_slots=3, max_len=64)
    keep(cache, LONG)
    assert make_and_count_cached(cache, [*LONG[: MIN_REUSED_TOKENS - 1], 1, 2]) == 0


def test_prefix_shorter_than_the_least_is_not_kept() -> None:
    cache = KVCache(num_slots=2, max_len=64)
    keep(cache, LONG[: MIN_REUSED_TOKENS - 1])
    assert cache.num_used_tokens == 0


def test_scopes_share_nothing() -> None:
    cache = KVCache(num_slots=4, max_len=64)
    keep(cache, LONG, scope="one")
    assert make_and_count_cached(cache, [*LONG, 1], scope="other") == 0
    assert make_and_count_cached(cache, [*LONG, 1], scope="one") == len(LONG)


def test_least_recently_used_prefix_goes_first() -> None:
    cache = KVCache(num_slots=3, max_len=64)
    old, new = list(range(60)), list(range(100, 160))
    keep(cache, old)
    keep(cache, new)
    user = run(cache, [*old[:20], 99])  # copies from the old one, which is now the recently used
    run(cache, [1, 2])  # needs a slot
    cache.release(user, is_kept=False)
    assert make_and_count_cached(cache, [*new[:40], 99]) == 0
    assert cache.num_evictable_tokens == 60


def test_only_the_computed_part_is_kept() -> None:
    cache = KVCache(num_slots=2, max_len=64)
    sequence = run(cache, LONG)
    sequence.num_computed = 17
    cache.release(sequence, is_kept=True)
    cache.check()
    assert cache.num_used_tokens == 17
    assert make_and_count_cached(cache, [*LONG, 1]) == 17


def test_check_notices_a_lost_slot() -> None:
    cache = KVCache(num_slots=2, max_len=64)
    cache.check()
    cache._free.pop()
    with pytest.raises(AssertionError, match="slots lost or doubled"):
        cache.check()


def test_repr_tells_the_whole_state() -> None:
    cache = KVCache(num_slots=3, max_len=64, max_tokens=100)
    keep(cache, LONG)
    run(cache, [1])
    assert repr(cache) == "<KVCache 1 running, 1 retained of 3 slots, 31/100 tokens>"
