"""Scheduling by properties: random arrivals and departures, with a memory of tokens in place of a model."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.engine.kv_cache import KVCache
from app.engine.protocol import EngineRequest
from app.engine.sampling_params import SamplingParams
from app.engine.scheduler import ScheduledBatch, Scheduler, share_budget
from app.engine.sequence import Sequence, SequenceStatus


class FakeMemory:
    """What each slot holds. Keys and values of a token depend on all before it, so a place is named by its prefix."""

    def __init__(self, num_slots: int, max_len: int) -> None:
        self.places: list[list[tuple[str, tuple[int, ...]] | None]] = [[None] * max_len for _ in range(num_slots)]

    def run(self, batch: ScheduledBatch) -> None:
        for copy in batch.copies:
            source, target = self.places[copy.from_slot], self.places[copy.to_slot]
            tokens = slice(copy.first_token, copy.num_tokens)
            target[tokens] = source[tokens]
        for item in batch.sequences:
            sequence, end = item.sequence, item.start + item.num_tokens
            assert sequence.slot is not None
            scope, ids = sequence.request.cache_scope, sequence.token_ids
            expected = [(scope, tuple(ids[: place + 1])) for place in range(end)]
            place = self.places[sequence.slot]
            place[item.start : end] = expected[item.start :]
            assert place[:end] == expected, "a token would attend to what is not its own"
            assert item.start == sequence.num_computed
            sequence.num_computed = end


def make_scheduler(
    *,
    num_slots: int = 4,
    num_shelf_slots: int = 4,
    max_len: int = 64,
    max_tokens: int | None = None,
    max_num_seqs: int = 4,
    max_num_batched_tokens: int = 8,
) -> Scheduler:
    cache = KVCache(num_slots=num_slots, num_shelf_slots=num_shelf_slots, max_len=max_len, max_tokens=max_tokens)
    return Scheduler(cache, max_num_seqs=max_num_seqs, max_num_batched_tokens=max_num_batched_tokens)


def add(scheduler: Scheduler, prompt: list[int], *, arrival: int, scope: str = "") -> Sequence:
    sequence = Sequence(EngineRequest(str(arrival), prompt, SamplingParams(), scope), arrival=arrival)
    scheduler.add(sequence)
    return sequence


def lengths(batch: ScheduledBatch) -> dict[str, int]:
    return {item.sequence.request.request_id: item.num_tokens for item in batch.sequences}


class Crowd(RuleBasedStateMachine):
    """Random adds, aborts, steps and ends; the invariants stand below the rules."""

    @initialize(
        num_slots=st.integers(1, 5),
        num_shelf_slots=st.integers(0, 3),
        max_num_seqs=st.integers(1, 4),
        spare_tokens=st.integers(1, 12),
        max_tokens=st.integers(24, 120),
    )
    def begin(
        self, num_slots: int, num_shelf_slots: int, max_num_seqs: int, spare_tokens: int, max_tokens: int
    ) -> None:
        self.scheduler = make_scheduler(
            num_slots=num_slots,
            num_shelf_slots=num_shelf_slots,
            max_len=24,
            max_tokens=max_tokens,
            max_num_seqs=max_num_seqs,
            max_num_batched_tokens=max_num_seqs + spare_tokens,
        )
        self.memory = FakeMemory(num_slots + num_shelf_slots, 24)
        self.alive: list[Sequence] = []
        self.num_arrived = 0

    # Two ids only, so that prompts often begin alike, and long enough to be worth reusing.
    @rule(
        length=st.one_of(st.integers(17, 23), st.integers(1, 16)),
        change=st.one_of(st.integers(16, 23), st.integers(0, 15)),
        scope=st.sampled_from(["", "other"]),
    )
    def arrive(self, length: int, change: int, scope: str) -> None:
        prompt = [int(place >= change) for place in range(length)]
        self.num_arrived += 1
        self.alive.append(add(self.scheduler, prompt, arrival=self.num_arrived, scope=scope))

    @precondition(lambda self: self.alive)
    @rule(which=st.integers(0, 100), is_kept=st.booleans())
    def leave(self, which: int, is_kept: bool) -> None:
        sequence = self.alive.pop(which % len(self.alive))
        self.scheduler.finish(sequence, is_kept=is_kept)
        assert sequence.slot is None

    @rule(num_steps=st.integers(1, 4), token_id=st.integers(0, 1))
    def step(self, num_steps: int, token_id: int) -> None:
        for _ in range(num_steps):
            self.step_once(token_id)

    def step_once(self, token_id: int) -> None:
        batch = self.scheduler.schedule()
        scheduled = {item.sequence for item in batch.sequences}
        running = self.scheduler.running
        assert batch.num_tokens <= self.scheduler.max_num_batched_tokens
        assert scheduled >= {sequence for sequence in running if sequence.num_remaining == 1}, "a decode was left out"
        assert not running or running[0] in scheduled, "the oldest was left out"
        assert bool(scheduled) == bool(self.alive), "there is work and nothing is done"
        decodes = [
            item.sequence.slot for item in batch.sequences if item.num_tokens == item.sequence.num_remaining == 1
        ]
        assert decodes == sorted(decodes, key=lambda slot: slot or 0)
        self.memory.run(batch)
        for item in batch.sequences:
            if item.sequence.num_remaining == 0:
                item.sequence.append(token_id)
                if len(item.sequence.token_ids) >= 24:
                    self.alive.remove(item.sequence)
                    self.scheduler.finish(item.sequence, is_kept=True)

    @invariant()
    def books_are_right(self) -> None:
        if not hasattr(self, "scheduler"):
            return
        self.scheduler.cache.check()
        running, waiting = self.scheduler.running, list(self.scheduler.waiting)
        assert {*running, *waiting} == set(self.alive)
        assert len(running) <= self.scheduler.max_num_seqs
        assert all(sequence.status is SequenceStatus.RUNNING for sequence in running)
        arrivals = [sequence.arrival for sequence in (*running, *waiting)]
        assert arrivals == sorted(arrivals), "first come, first served"

    def teardown(self) -> None:
        if not hasattr(self, "scheduler"):
            return
        for _ in range(24 * (len(self.alive) + 1) ** 2):
            self.step_once(0)
        assert not self.scheduler.has_work(), "a sequence never ended"


TestCrowd = Crowd.TestCase
TestCrowd.settings = settings(
    max_examples=150, stateful_step_count=25, deadline=None, derandomize=True, database=None
)  # fmt: skip


@given(st.lists(st.integers(0, 50), max_size=12), st.integers(-5, 200))
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
def test_half_of_the_budget_is_the_oldest_prompts_and_half_the_shortest(wanted: list[int], budget: int) -> None:
    shares = share_budget(wanted, budget)
    assert sum(shares) == min(sum(wanted), max(budget, 0))
    assert all(0 <= share <= want for share, want in zip(shares, wanted, strict=True))
    if wanted and budget > 0:
        shortest = wanted.index(min(wanted))
        assert shares[0] >= min(wanted[0], budget - budget // 2)
        assert shares[shortest] >= min(wanted[shortest], budget // 2)
    # Nobody waits for one that is both younger and longer.
    waiting = [i for i, share in enumerate(shares) if share < wanted[i]]
    assert all(shares[j] == 0 for i in waiting for j in range(i + 1, len(wanted)) if wanted[j] > wanted[i])


def test_prompts_of_one_length_end_one_after_another_in_their_order() -> None:
    assert share_budget([128] * 6, 512) == [128, 128, 128, 128, 0, 0]
    assert share_budget([100, 128, 128], 200) == [100, 100, 0]


def test_a_prompt_longer_than_all_that_come_later_is_read_at_half_speed_at_least() -> None:
    left, num_steps = 4000, 0
    while left:
        left -= share_budget([left, *[30] * 20], 512)[0]
        num_steps += 1
    assert num_steps == 4000 // 256 + 1


def test_decodes_go_before_a_long_prompt() -> None:
    scheduler = make_scheduler()
    first = add(scheduler, [1, 2], arrival=1)
    scheduler.schedule()
    first.num_computed = 2
    first.append(5)
    add(scheduler, [1] * 30, arrival=2)
    batch = scheduler.schedule()
    assert lengths(batch) == {"1": 1, "2": 7}
    assert batch.sequences[0].sequence is first


def test_short_prompt_does_not_wait_behind_a_long_one() -> None:
    scheduler = make_scheduler()
    add(scheduler, [1] * 30, arrival=1)
    add(scheduler, [2] * 3, arrival=2)
    assert lengths(scheduler.schedule()) == {"1": 5, "2": 3}


def test_youngest_is_preempted_and_comes_back_first() -> None:
    scheduler = make_scheduler(max_tokens=24, max_num_batched_tokens=32)
    old, young = add(scheduler, [1] * 12, arrival=1), add(scheduler, [2] * 12, arrival=2)
    add(scheduler, [3], arrival=3)
    for item in scheduler.schedule().sequences:
        item.sequence.num_computed = 12
        item.sequence.append(7)
    assert lengths(scheduler.schedule()) == {"1": 1}
    assert (young.status, young.slot, young.num_computed) == (SequenceStatus.WAITING, None, 0)
    assert scheduler.waiting[0] is young
    assert scheduler.num_preemptions == 1
    scheduler.finish(old, is_kept=False)
    assert lengths(scheduler.schedule()) == {"2": 13, "3": 1}


def test_finishing_twice_is_harmless() -> None:
    scheduler = make_scheduler()
    sequence = add(scheduler, [1], arrival=1)
    scheduler.finish(sequence, is_kept=True)
    scheduler.finish(sequence, is_kept=True)
    assert not scheduler.has_work()


def test_repr_tells_the_whole_state() -> None:
    scheduler = make_scheduler(max_num_seqs=1)
    add(scheduler, [1], arrival=1)
    add(scheduler, [1], arrival=2)
    scheduler.schedule()
    assert repr(scheduler).startswith("<Scheduler 1 waiting, 1 running, <KVCache 1/4 slots")
