"""One request's job: how much to do, what the event loop could do meanwhile, and the report of both."""

from __future__ import annotations

from pydantic import BaseModel, Field

from app.lab.lab import Lab
from app.lab.ticks import LoopTicks
from app.lab.workload import JobResult, JobSize, Tokenizing


class LabReport(BaseModel):
    """How long the work took, and what the event loop could do meanwhile."""

    endpoint: str
    took_ms: float = Field(description="From the start of the work to its end, as the handler saw it.")
    torch_ms: float = Field(description="The torch forwards alone.")
    tokenize_ms: float = Field(description="The tokenizing alone.")
    num_tokens: int
    loop_max_delay_ms: float = Field(description="How late the event loop woke at worst while the work ran.")
    loop_ticks: int = Field(description="How often the loop could do something else meanwhile.")
    loop_possible_ticks: int = Field(description="How often an idle loop could have.")
    explanation: str


class LabJob:
    """Work that an endpoint runs wherever it chooses to, in `lab` or in its worker process."""

    def __init__(self, *, lab: Lab, size: JobSize, ticks: LoopTicks, endpoint: str, explanation: str) -> None:
        self.lab = lab
        self._size = size
        self._ticks = ticks
        self._endpoint = endpoint
        self._explanation = explanation

    def run(self, tokenizing: Tokenizing) -> LabReport:
        """Do the work on the calling thread. Raises: QueueFullError, if the lab is busy."""
        return self.report(self.lab.run_here(self.begin(), tokenizing))

    def begin(self) -> JobSize:
        """Note that the work starts now, wherever it is done; return how much there is."""
        self._ticks.begin()
        return self._size

    def report(self, result: JobResult) -> LabReport:
        """Note that the work ended now. Thread: any."""
        loop = self._ticks.report()
        return LabReport(
            endpoint=self._endpoint,
            took_ms=round(loop.took_ms, 1),
            torch_ms=round(result.torch_ms, 1),
            tokenize_ms=round(result.tokenize_ms, 1),
            num_tokens=result.num_tokens,
            loop_max_delay_ms=round(loop.max_delay_ms, 1),
            loop_ticks=loop.num_ticks,
            loop_possible_ticks=loop.num_possible_ticks,
            explanation=self._explanation,
        )
