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


def make_cache(num_slots: int = 3, *, num_shelf_slots: int = 3, max_tokens: int | None = None) -> KVCache:
    return KVCache(num_slots=num_slots, num_shelf_slots=num_shelf_slots, max_len=64, max_tokens=max_tokens)


def keep(cache: KVCache, token_ids: list[int], *, scope: str = "") -> tuple[PrefixCopy, ...]:
    """Leave a finished prefix behind; returns the copies that this takes."""
    sequence = run(cache, token_ids, scope=scope)
    cache.take_copies()
    cache.release(sequence, is_kept=True)
    cache.check()
    return cache.take_copies()


def test_low_slots_are_taken_first() -> None:
    cache = make_cache(3)
    first, second, third = (run(cache, [n]) for n in (1, 2, 3))
    assert [first.slot, second.slot, third.slot] == [0, 1, 2]
    cache.release(second, is_kept=False)
    assert run(cache, [4]).slot == 1


def test_no_slot_is_given_twice() -> None:
    cache = make_cache(2)
    run(cache, [1])
    run(cache, [2])
    third = make_sequence([3])
    assert not cache.has_room_for(third)
    with pytest.raises(OutOfSlotsError, match="no slot for 1 tokens"):
        cache.acquire(third)
    assert third.slot is None
    cache.check()


def test_budget_counts_reserved_tokens() -> None:
    cache = make_cache(4, max_tokens=50)
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
    cache = make_cache(4, max_tokens=60)
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


def test_a_finished_prefix_goes_to_the_shelf_and_comes_back() -> None:
    cache = make_cache()
    assert keep(cache, LONG) == (PrefixCopy(from_slot=0, to_slot=5, num_tokens=30),)
    sequence = make_sequence([*LONG[:20], 1, 2])
    cache.acquire(sequence)
    assert cache.take_copies() == (PrefixCopy(from_slot=5, to_slot=0, num_tokens=20),)
    assert cache.take_copies() == ()
    assert (sequence.slot, sequence.num_computed, sequence.num_cached_tokens) == (0, 20, 20)


def test_a_follow_up_takes_its_own_beginnings_place_and_copies_only_what_is_new() -> None:
    cache = make_cache()
    keep(cache, LONG)
    keep(cache, [7] * 20)
    assert keep(cache, [*LONG, 1, 2, 3]) == (PrefixCopy(from_slot=0, to_slot=5, num_tokens=33, first_token=30),)
    assert cache.num_evictable_tokens == 33 + 20


def test_what_is_on_the_shelf_already_is_not_copied_again() -> None:
    cache = make_cache()
    keep(cache, LONG)
    assert keep(cache, LONG[:20]) == ()
    assert keep(cache, list(LONG)) == ()
    assert cache.num_evictable_tokens == 30


def test_copies_come_in_the_order_in_which_they_were_decided() -> None:
    cache = make_cache(1, num_shelf_slots=1)
    first = run(cache, LONG)
    cache.release(first, is_kept=True)
    second = make_sequence([*LONG, 1])
    cache.acquire(second)
    assert cache.take_copies() == (
        PrefixCopy(from_slot=0, to_slot=1, num_tokens=30),
        PrefixCopy(from_slot=1, to_slot=0, num_tokens=30),
    )


def test_prefix_of_a_running_sequence_is_copied_as_far_as_it_is_computed() -> None:
    cache = make_cache()
    other = run(cache, LONG)
    other.num_computed = 18
    cache.acquire(make_sequence(LONG))
    assert cache.take_copies() == (PrefixCopy(from_slot=0, to_slot=1, num_tokens=18),)


def test_without_a_shelf_nothing_is_kept() -> None:
    cache = make_cache(num_shelf_slots=0)
    assert keep(cache, LONG) == ()
    assert cache.num_used_tokens == 0


def test_last_token_is_never_taken_from_the_cache() -> None:
    cache = make_cache(2)
    keep(cache, LONG)
    assert make_and_count_cached(cache, list(LONG)) == len(LONG) - 1


def test_longest_of_several_prefixes_wins() -> None:
    cache = make_cache(5)
    others = [run(cache, [*LONG[:length], *range(1, 10)]) for length in (18, 24, 20)]
    for other in others:
        cache.release(other, is_kept=True)
    assert make_and_count_cached(cache, [*LONG, 1]) == 24


def test_short_common_beginnings_are_not_reused() -> None:
    cache = make_cache(3)
    keep(cache, LONG)
    assert make_and_count_cached(cache, [*LONG[: MIN_REUSED_TOKENS - 1], 1, 2]) == 0


def test_prefix_shorter_than_the_least_is_not_kept() -> None:
    cache = make_cache(2)
    keep(cache, LONG[: MIN_REUSED_TOKENS - 1])
    assert cache.num_used_tokens == 0


def test_scopes_share_nothing() -> None:
    cache = make_cache(4)
    keep(cache, LONG, scope="one")
    assert make_and_count_cached(cache, [*LONG, 1], scope="other") == 0
    assert make_and_count_cached(cache, [*LONG, 1], scope="one") == len(LONG)


def test_least_recently_used_prefix_goes_first() -> None:
    cache = make_cache(num_shelf_slots=2)
    old, new = list(range(60)), list(range(100, 160))
    keep(cache, old)
    keep(cache, new)
    user = run(cache, [*old[:20], 99])  # copies from the old one, which is now the recently used
    cache.release(user, is_kept=False)
    keep(cache, [7] * 30)  # needs a place
    assert make_and_count_cached(cache, [*new[:40], 99]) == 0
    assert make_and_count_cached(cache, [*old[:40], 99]) == 40


def test_only_the_computed_part_is_kept() -> None:
    cache = make_cache(2)
    sequence = run(cache, LONG)
    sequence.num_computed = 17
    cache.release(sequence, is_kept=True)
    cache.check()
    assert cache.num_used_tokens == 17
    assert make_and_count_cached(cache, [*LONG, 1]) == 17


def test_check_notices_a_lost_slot() -> None:
    cache = make_cache(2)
    cache.check()
    cache._free.pop()
    with pytest.raises(AssertionError, match="slots lost or doubled"):
        cache.check()


def test_repr_tells_the_whole_state() -> None:
    cache = make_cache(3, max_tokens=100)
    keep(cache, LONG)
    run(cache, [1])
    assert repr(cache) == "<KVCache 1/3 slots, 1/3 kept, 31/100 tokens>"
