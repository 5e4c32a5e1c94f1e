"""app/service/engine_queue.py: whatever happens to requests in whatever order, the books agree with a plain list."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.engine.protocol import EngineRequest, SequenceOutput, StepOutput
from app.engine.sampling_params import SamplingParams
from app.errors import EngineDeadError, UnblockedError
from app.service.engine_queue import EngineQueue, Job, never_late

OWNERS = ("", "a", "b")


class Outcomes:
    """Counts how often a request was told that it is over."""

    def __init__(self) -> None:
        self.num_ends = 0
        self.num_tokens = 0

    def start(self) -> None:
        """Nothing to do."""

    def put(self, output: SequenceOutput) -> None:
        assert not self.num_ends, "news about a request that is over"
        self.num_tokens += len(output.new_token_ids)
        self.num_ends += output.finish_reason is not None

    def fail(self, error: UnblockedError) -> None:
        self.num_ends += 1


class QueueMachine(RuleBasedStateMachine):
    """A request waits, is taken, brings tokens and ends, or is dropped, or fails with all others: once."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = EngineQueue()
        self.waiting: dict[str, list[str]] = {owner: [] for owner in OWNERS}  # request ids, oldest first
        self.taken: dict[str, bool] = {}  # request id -> whether its tokens are wanted
        self.sinks: dict[str, Outcomes] = {}
        self.dropped: set[str] = set()

    @rule(owner=st.sampled_from(OWNERS), max_tokens=st.integers(1, 50))
    def add(self, owner: str, max_tokens: int) -> None:
        name = str(len(self.sinks))
        self.sinks[name] = Outcomes()
        request = EngineRequest(name, [1, 2], SamplingParams(max_tokens=max_tokens))
        self.queue.add(Job(request, self.sinks[name], never_late, owner))
        self.waiting[owner].append(name)

    @rule()
    def take(self) -> None:
        job = self.queue.take()
        if job is None:
            assert not any(self.waiting.values())
        else:
            assert job.request_id == self.waiting[job.owner].pop(0), "not the owner's oldest"
            self.taken[job.request_id] = True

    @precondition(lambda self: self.sinks)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.sinks)))
        must_tell = self.queue.drop(name)
        assert must_tell == self.taken.get(name, False)
        for names in self.waiting.values():
            if name in names:
                names.remove(name)
                self.dropped.add(name)
        if must_tell:
            self.taken[name] = False
            self.dropped.add(name)

    @precondition(lambda self: self.taken)
    @rule(data=st.data(), is_last=st.booleans())
    def step(self, data: st.DataObject, is_last: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.taken)))
        output = StepOutput((SequenceOutput(name, (7,), "length" if is_last else None),))
        self.queue.note(output)
        self.queue.deliver(output, on_error=lambda *_: None)
        if is_last:
            del self.taken[name]

    @precondition(lambda self: not all(self.taken.values()))
    @rule()
    def settle_what_was_dropped(self) -> None:
        for name in [name for name, is_wanted in self.taken.items() if not is_wanted]:
            self.queue.settle(name)
            del self.taken[name]

    @rule()
    def fail_all(self) -> None:
        for sink in self.queue.clear():
            sink.fail(EngineDeadError("gone"))
        self.taken.clear()
        for names in self.waiting.values():
            names.clear()

    @invariant()
    def books_agree(self) -> None:
        assert self.queue.num_waiting == sum(map(len, self.waiting.values()))
        assert self.queue.num_taken == len(self.taken)

    @invariant()
    def each_request_has_exactly_one_outcome(self) -> None:
        still_open = {name for names in self.waiting.values() for name in names} | {
            name for name, is_wanted in self.taken.items() if is_wanted
        }
        for name, sink in self.sinks.items():
            assert sink.num_ends == (0 if name in still_open or name in self.dropped else 1), name


TestQueueMachine = QueueMachine.TestCase
