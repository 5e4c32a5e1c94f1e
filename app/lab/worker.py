"""What the lab's worker process runs. Unlike the tokenizer workers it imports torch: the whole job runs in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.lab.workload import JobResult, JobSize, Workload

_workload: Workload | None = None  # owner: the worker process, which does one job at a time


def init(num_torch_threads: int) -> None:
    """Load what a job needs, once per worker.

    torch is imported here, not with the module: importing this module stays cheap for whoever hands out the job.
    """
    import torch

    from app.lab.workload import JobSize, Tokenizing, Workload

    global _workload
    torch.set_num_threads(num_torch_threads)
    _workload = Workload()
    _workload.run(JobSize(num_forwards=1, num_chars=1000), Tokenizing.ENCODE)


def run(size: JobSize) -> JobResult:
    """Do the job. `encode` is used on purpose: this process's GIL is nobody else's business."""
    from app.lab.workload import Tokenizing

    assert _workload is not None, "the pool runs init first"
    return _workload.run(size, Tokenizing.ENCODE)
