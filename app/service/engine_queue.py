"""Who waits for the engine, who is in it, and who still wants tokens: the runner's books. No tasks, no engine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app.engine.protocol import EngineRequest, SequenceOutput, StepOutput
from app.errors import UnblockedError
from app.service.waiting_room import Waiting, WaitingRoom


class TokenSink(Protocol):
    """Where a request's tokens go. All calls are quick and come on the event loop; one that raises ends its request."""

    def start(self) -> None: ...

    def put(self, output: SequenceOutput) -> None: ...

    def fail(self, error: UnblockedError) -> None: ...


StartBy = Callable[[], float]
"""The moment, of the event loop's clock, from which on a request is not begun, by what is known when its turn comes."""


def never_late() -> float:
    """Whenever its turn comes, it is begun."""
    return math.inf


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A request on its way to the engine."""

    request: EngineRequest
    sink: TokenSink
    start_by: StartBy
    owner: str = ""

    @property
    def request_id(self) -> str:
        return self.request.request_id


@dataclass(slots=True, eq=False)
class _Taken:
    waiting: Waiting[Job]
    num_tokens: int  # read and generated


class EngineQueue:
    """Thread: the event loop's."""

    def __init__(self) -> None:
        self._room: WaitingRoom[Job] = WaitingRoom()
        self._taken: dict[str, _Taken] = {}  # in the engine, wanted or just aborted
        self._sinks: dict[str, TokenSink] = {}  # of all that wait or run and still want tokens

    def __repr__(self) -> str:
        return f"<EngineQueue {self.num_waiting} waiting, {self.num_taken} taken, {len(self._sinks)} wanted>"

    @property
    def num_waiting(self) -> int:
        """Requests that the engine does not have yet."""
        return len(self._room)

    @property
    def num_taken(self) -> int:
        """Requests that the engine has."""
        return len(self._taken)

    def add(self, job: Job) -> None:
        """Let a job wait for its turn."""
        num_tokens = len(job.request.prompt_token_ids) + job.request.params.max_tokens
        self._sinks[job.request_id] = job.sink
        self._room.add(Waiting(job.request_id, job, job.owner, num_tokens))

    def take(self) -> Job | None:
        """Return the job whose turn it is; it counts as in the engine until it is settled."""
        waiting = self._room.take()
        if waiting is None:
            return None
        self._taken[waiting.request_id] = _Taken(waiting, len(waiting.item.request.prompt_token_ids))
        return waiting.item

    def drop(self, request_id: str) -> bool:
        """Forget a request that is wanted no more; whether the engine may have it and must be told."""
        if self._sinks.pop(request_id, None) is None:
            return False
        return self._room.remove(request_id) is None

    def settle(self, request_id: str) -> None:
        """Note that the engine does not have a request any more."""
        taken = self._taken.pop(request_id, None)
        if taken is not None:
            self._room.settle(taken.waiting, num_unused_tokens=max(0, taken.waiting.num_tokens - taken.num_tokens))

    def note(self, output: StepOutput) -> None:
        """Take a step's output into the books; those that ended leave the engine."""
        for sequence in output.sequences:
            if sequence.request_id in self._taken:
                self._taken[sequence.request_id].num_tokens += len(sequence.new_token_ids)
                if sequence.finish_reason is not None:
                    self.settle(sequence.request_id)

    def deliver(self, output: StepOutput, *, on_error: Callable[[str, Exception], None]) -> None:
        """Hand a step's output to those who still want it; an answer that can't be taken must not stop the others'."""
        for sequence in output.sequences:
            sink = self._sinks.get(sequence.request_id)
            if sink is None:  # aborted while the step ran
                continue
            try:
                sink.put(sequence)
            except Exception as error:
                on_error(sequence.request_id, error)
            if sequence.finish_reason is not None:
                self._sinks.pop(sequence.request_id, None)

    def sink_of(self, request_id: str) -> TokenSink | None:
        """Return where a request's tokens go, None if they are wanted no more."""
        return self._sinks.get(request_id)

    def clear(self) -> list[TokenSink]:
        """Forget everything and return the sinks that still want tokens."""
        sinks = list(self._sinks.values())
        self._room, self._taken, self._sinks = WaitingRoom(), {}, {}
        return sinks
