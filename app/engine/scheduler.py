"""Which sequences run in the next step, and with how many tokens. Policy only: knows no tensors and no model."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence as AbstractSequence
from dataclasses import dataclass

from app.engine.kv_cache import KVCache, PrefixCopy
from app.engine.prefill_pace import PrefillPace
from app.engine.sequence import Sequence, SequenceStatus


@dataclass(frozen=True, slots=True)
class ScheduledSequence:
    """num_tokens tokens of one sequence, from its token number `start`, go through the model in this step."""

    sequence: Sequence
    start: int
    num_tokens: int

    @property
    def is_sampled(self) -> bool:
        """Whether its last token goes through, so that the next one can be sampled."""
        return self.start + self.num_tokens == len(self.sequence.token_ids)

    @property
    def num_scored(self) -> int:
        """How many of its tokens are followed by a prompt token whose log-probability is wanted."""
        if not self.sequence.is_prompt_scored:
            return 0
        return max(0, min(self.num_tokens, self.sequence.num_prompt_tokens - 1 - self.start))


@dataclass(frozen=True, slots=True)
class ScheduledBatch:
    """One step's work: sequences with one token first, ordered by slot, then the longer pieces."""

    sequences: tuple[ScheduledSequence, ...] = ()
    copies: tuple[PrefixCopy, ...] = ()

    @property
    def num_tokens(self) -> int:
        return sum(item.num_tokens for item in self.sequences)

    @property
    def num_decodes(self) -> int:
        return sum(1 for item in self.sequences if item.num_tokens == 1)


class Scheduler:
    """Continuous batching within a token budget.

    Decodes come first; what is left of the budget, or less if the pace says so, goes to prompts, half to the oldest and
    half to the shortest. So a prompt delays the others' next token by no more than one step, a short one does not wait
    behind a long one, and a long one is not starved. Waiting sequences are admitted first come, first served. When the
    cache is full, the youngest goes back to the front of the queue and is computed again later (vLLM's recompute
    preemption): the oldest always progress.
    """

    def __init__(
        self, cache: KVCache, *, max_num_seqs: int, max_num_batched_tokens: int, pace: PrefillPace | None = None
    ) -> None:
        self.cache = cache
        self.pace = pace
        self.max_num_seqs = min(max_num_seqs, cache.num_slots)
        self.max_num_batched_tokens = max_num_batched_tokens
        self.waiting: deque[Sequence] = deque()
        self.running: list[Sequence] = []  # oldest first
        self.num_preemptions = 0

    def add(self, sequence: Sequence) -> None:
        self.waiting.append(sequence)

    def has_work(self) -> bool:
        return bool(self.waiting or self.running)

    def schedule(self) -> ScheduledBatch:
        """Decide the next step. Every running sequence has room in the cache afterwards."""
        self._make_room()
        self._admit()
        decodes = sorted((s for s in self.running if s.num_remaining == 1), key=_slot)
        prefills = [s for s in self.running if s.num_remaining > 1]
        shares = share_budget([s.num_remaining for s in prefills], self._prefill_budget(len(decodes)))
        items = [ScheduledSequence(s, s.num_computed, 1) for s in decodes]
        items += [ScheduledSequence(s, s.num_computed, n) for s, n in zip(prefills, shares, strict=True) if n]
        return ScheduledBatch(tuple(items), self.cache.take_copies() if items else ())

    def finish(self, sequence: Sequence, *, is_kept: bool) -> None:
        """Take a sequence out, wherever it is; is_kept retains its keys and values for reuse."""
        if sequence.status is SequenceStatus.RUNNING:
            self.running.remove(sequence)
            self.cache.release(sequence, is_kept=is_kept)
        elif sequence.status is SequenceStatus.WAITING:
            self.waiting.remove(sequence)
        sequence.status = SequenceStatus.FINISHED

    def observe(self, batch: ScheduledBatch, step_s: float) -> None:
        """Note how long a step of this batch took."""
        if self.pace is not None:
            num_decodes = batch.num_decodes
            self.pace.observe(step_s, num_prefill_tokens=batch.num_tokens - num_decodes, num_decodes=num_decodes)

    def _prefill_budget(self, num_decodes: int) -> int:
        left = self.max_num_batched_tokens - num_decodes
        return left if self.pace is None else int(min(left, self.pace.max_tokens(num_decodes)))

    def _make_room(self) -> None:
        for sequence in list(self.running):
            while sequence.status is SequenceStatus.RUNNING and not self.cache.grow(sequence):
                self._preempt(self.running[-1])

    def _preempt(self, sequence: Sequence) -> None:
        self.running.remove(sequence)
        self.cache.release(sequence, is_kept=False)
        sequence.num_computed = 0
        sequence.status = SequenceStatus.WAITING
        self.waiting.appendleft(sequence)
        self.num_preemptions += 1

    def _admit(self) -> None:
        while self.waiting and len(self.running) < self.max_num_seqs and self.cache.has_room_for(self.waiting[0]):
            sequence = self.waiting.popleft()
            self.cache.acquire(sequence)
            sequence.status = SequenceStatus.RUNNING
            self.running.append(sequence)
        self.running.sort(key=_arrival)

    def __repr__(self) -> str:
        return f"<Scheduler {len(self.waiting)} waiting, {len(self.running)} running, {self.cache!r}>"


def share_budget(wanted: AbstractSequence[int], budget: int) -> list[int]:
    """One half to the oldest prompts, the other to the shortest; wanted: what is left of each, oldest first.

    In equal shares prompts of like length would all end with the last one; one after another, the middle one ends in
    half that time. Shortest first ends most prompts soonest (Schrage 1968); the oldest's half lets none starve.
    """
    shares = [0] * len(wanted)
    left = max(budget, 0)
    by_size = sorted(range(len(wanted)), key=lambda i: wanted[i])
    for order, kept_back in ((range(len(wanted)), left // 2), (by_size, 0)):
        for index in order:
            extra = min(wanted[index] - shares[index], left - kept_back)
            shares[index] += extra
            left -= extra
    return shares


def _slot(sequence: Sequence) -> int:
    assert sequence.slot is not None
    return sequence.slot


def _arrival(sequence: Sequence) -> int:
    return sequence.arrival
