"""The pace against a made-up machine, whose steps take what its formula says; no clock is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.engine.kv_cache import KVCache
from app.engine.llm_engine import LLMEngine
from app.engine.prefill_pace import MAX_AGE_STEPS, MIN_TOKENS, PrefillPace
from app.engine.protocol import EngineRequest
from app.engine.sampling_params import SamplingParams
from app.engine.scheduler import ScheduledBatch, Scheduler
from app.engine.sequence import Sequence
from tests.engine.drive import Drive, greedy_params, make_engine
from tests.engine.references import greedy
from tests.engine.tiny_models import make_prompts

StepTime = Callable[[ScheduledBatch], float]
LONG, CROWD = 4000, 15


def step_time(batch: ScheduledBatch, *, slowness: float = 1.0) -> float:
    """A CPU: 25 ms for the weights, 3.5 ms a decode, 2 ms a token of a prompt and as much again at 2,500 before it."""
    pieces = [item for item in batch.sequences if item.num_tokens > 1]
    reading_s = sum(item.num_tokens * 0.002 * (1 + item.start / 2500) for item in pieces)
    return slowness * (0.025 + 0.0035 * batch.num_decodes + reading_s)


class MadeUpMachine:
    """A scheduler, and in place of the model a formula for what each step takes."""

    def __init__(self, takes: StepTime = step_time, *, max_prefill_s: float | None = 0.05) -> None:
        pace = None if max_prefill_s is None else PrefillPace(max_prefill_s=max_prefill_s)
        cache = KVCache(num_slots=64, max_len=8192)
        self.takes = takes
        self.scheduler = Scheduler(cache, max_num_seqs=64, max_num_batched_tokens=512, pace=pace)
        self.now_s = 0.0
        self.num_arrived = 0

    def add(self, num_tokens: int) -> Sequence:
        self.num_arrived += 1
        request = EngineRequest(str(self.num_arrived), [self.num_arrived] * num_tokens, SamplingParams())
        sequence = Sequence(request, arrival=self.num_arrived)
        self.scheduler.add(sequence)
        return sequence

    def step(self) -> tuple[ScheduledBatch, float]:
        batch = self.scheduler.schedule()
        took_s = self.takes(batch)
        self.scheduler.observe(batch, took_s)
        self.now_s += took_s
        for item in batch.sequences:
            item.sequence.num_computed = item.start + item.num_tokens
            if not item.sequence.num_remaining:
                item.sequence.append(0)
        return batch, took_s

    def read(self, sequence: Sequence) -> list[float]:
        """Step until the prompt is read; returns what the steps took in which others decoded."""
        gaps_s = []
        while sequence.num_computed < sequence.num_prompt_tokens:
            batch, took_s = self.step()
            if any(item.num_tokens == 1 for item in batch.sequences):
                gaps_s.append(took_s)
        return gaps_s


def crowd(machine: MadeUpMachine, count: int = CROWD) -> float:
    """So many streams past their prompts, and what a step of theirs takes."""
    for sequence in [machine.add(128) for _ in range(count)]:
        machine.read(sequence)
    return [machine.step()[1] for _ in range(5)][-1]


def test_a_long_prompt_adds_at_most_one_step_s_time_to_the_others_next_token() -> None:
    machine = MadeUpMachine()
    alone_s = crowd(machine)
    began_s = machine.now_s
    gaps_s = machine.read(machine.add(LONG))
    assert max(gaps_s) <= 2.1 * alone_s, "2 but for what the last steps did not know of the next piece's context"
    unlimited = MadeUpMachine(max_prefill_s=None)
    crowd(unlimited)
    unlimited_from_s = unlimited.now_s
    assert max(unlimited.read(unlimited.add(LONG))) > 20 * alone_s
    assert machine.now_s - began_s < 2.5 * (unlimited.now_s - unlimited_from_s), "it is read at about half speed"


def test_a_prompt_that_is_read_alone_gets_the_whole_budget() -> None:
    machine = MadeUpMachine()
    crowd(machine)
    for sequence in list(machine.scheduler.running):
        machine.scheduler.finish(sequence, is_kept=False)
    machine.add(LONG)
    assert [machine.step()[0].num_tokens for _ in range(7)] == [512] * 7


def test_prompts_may_take_the_set_time_where_decodes_take_less() -> None:
    machine = MadeUpMachine(max_prefill_s=0.5)
    alone_s = crowd(machine)
    widest_s = max(machine.read(machine.add(LONG)))
    assert alone_s + 0.4 < widest_s < alone_s + 0.6


def test_prompts_get_their_whole_time_soon_after_one_whose_tokens_cost_more() -> None:
    machine = MadeUpMachine()
    alone_s = crowd(machine)
    machine.read(machine.add(LONG))
    gaps_s = machine.read(machine.add(2000))
    assert gaps_s[0] < 1.6 * alone_s
    assert sorted(gaps_s)[len(gaps_s) // 4] > 1.9 * alone_s
    assert max(gaps_s) < 2.2 * alone_s


@pytest.mark.parametrize("slowness", [0.2, 5.0])
def test_it_follows_a_machine_that_becomes_faster_or_slower(slowness: float) -> None:
    machine = MadeUpMachine()
    alone_s = crowd(machine)
    sequence = machine.add(8000)
    for _ in range(5):
        machine.step()
    machine.takes = lambda batch: step_time(batch, slowness=slowness)
    for _ in range(4 * MAX_AGE_STEPS):
        machine.step()
    assert sequence.num_computed < 8000
    added_s = sorted(machine.step()[1] for _ in range(9))[4] - alone_s * slowness
    assert added_s == pytest.approx(max(alone_s * slowness, 0.05), rel=0.2)


def test_what_decodes_take_alone_is_measured_when_their_number_changes_and_now_and_then() -> None:
    machine = MadeUpMachine()
    crowd(machine, 4)
    machine.add(8000)
    kinds = [machine.step()[0].num_tokens > 4 for _ in range(3 * (MAX_AGE_STEPS + 1) + 1)]
    first = kinds.index(False)
    assert [step for step, has_prompt in enumerate(kinds) if not has_prompt] == [
        first + extra * (MAX_AGE_STEPS + 1) for extra in range(len(range(first, len(kinds), MAX_AGE_STEPS + 1)))
    ]
    for sequence in machine.scheduler.running[:2]:
        machine.scheduler.finish(sequence, is_kept=False)
    assert machine.step()[0].num_tokens == 2, "half as many decodes take less"
    assert machine.step()[0].num_tokens > 2


def test_a_prompt_gets_on_whatever_the_measured_times_are() -> None:
    takes = iter([1.0, 1e-9, 100.0, 1e-9, 0.0, 50.0] * 1000)
    machine = MadeUpMachine(lambda _: next(takes), max_prefill_s=0.0)
    crowd(machine, 3)
    sequence = machine.add(LONG)
    num_steps = len(machine.read(sequence))
    assert num_steps <= (LONG // MIN_TOKENS + 1) * (1 + 1 / MAX_AGE_STEPS) + 1


def test_a_prompt_gets_on_while_the_number_of_decodes_swings() -> None:
    machine = MadeUpMachine()
    crowd(machine, 2)
    sequence = machine.add(LONG)
    for step in range(40):
        brief = [machine.add(1) for _ in range(2 + 6 * (step % 2))]  # all but one token is cached, and one is answered
        machine.step()
        for one in brief:
            machine.scheduler.finish(one, is_kept=False)
    assert sequence.num_computed >= 19 * MIN_TOKENS, "every other step at least"


def test_one_slow_step_is_not_what_decodes_take() -> None:
    pace = PrefillPace(max_prefill_s=0.0)
    pace.observe(1.0, num_prefill_tokens=500, num_decodes=0)
    for step_s in (0.1, 0.1, 2.0, 0.1):
        pace.observe(step_s, num_prefill_tokens=0, num_decodes=4)
    assert pace.max_tokens(4) == pytest.approx(50)


def test_the_engine_tells_its_steps_times_and_answers_stay_the_same() -> None:
    engine = make_engine(max_num_batched_tokens=64, max_prefill_s=0.0)
    timed = _on_made_up_clock(engine)
    prompts = make_prompts([12, 90, 20, 6])
    drive = Drive(timed)
    for place, prompt in enumerate(prompts):
        drive.add(str(place), prompt, greedy_params(10))
        drive.step()
    for place, prompt in enumerate(prompts):
        assert drive.finish()[str(place)].token_ids == greedy("llama", prompt, 10)
    assert "1000.0 ms for" in repr(timed.scheduler.pace)


def _on_made_up_clock(engine: LLMEngine) -> LLMEngine:
    """The same engine on a clock by which every step takes a second."""
    seconds = iter(range(10_000))
    return LLMEngine(engine.runner, engine.scheduler, engine.info, clock=lambda: float(next(seconds)))
