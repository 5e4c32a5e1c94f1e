"""Inputs that wait for the encoder. Requests take turns, so a large one does not push a small one back. No awaiting."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from app.engine.encoder import EncoderInput


class EmbeddingJob:
    """One request's inputs and, one by one, their vectors. Thread: the event loop's."""

    def __init__(self, inputs: Sequence[EncoderInput]) -> None:
        self.inputs = inputs
        self.vectors: list[bytes] = [b""] * len(inputs)
        self.whole: asyncio.Future[list[bytes]] = asyncio.get_running_loop().create_future()
        self.num_taken = 0
        self._num_left = len(inputs)

    def put(self, index: int, vector: bytes) -> None:
        """Take one input's vector."""
        self.vectors[index] = vector
        self._num_left -= 1
        if not self._num_left and not self.whole.done():
            self.whole.set_result(self.vectors)

    def fail(self, error: Exception) -> None:
        """End the job with an error. Idempotent."""
        if not self.whole.done():
            self.whole.set_exception(error)


Slot = tuple[EmbeddingJob, int]  # an input is a job's so-and-so-many-th


class EmbeddingQueue:
    """Owner: the embedding service's loop and its callers, all on the event loop."""

    def __init__(self) -> None:
        self._jobs: deque[EmbeddingJob] = deque()

    def __len__(self) -> int:
        return len(self._jobs)

    def add(self, job: EmbeddingJob) -> None:
        """Let a job wait."""
        self._jobs.append(job)

    def take(self, max_tokens: int) -> list[Slot]:
        """Take inputs of about max_tokens tokens, at least one, in turns between jobs. Those whose caller left go."""
        slots: list[Slot] = []
        num_tokens = 0
        while self._jobs and num_tokens < max_tokens:
            job = self._jobs.popleft()
            if job.whole.done():
                continue
            slots.append((job, job.num_taken))
            num_tokens += len(job.inputs[job.num_taken].token_ids)
            job.num_taken += 1
            if job.num_taken < len(job.inputs):
                self._jobs.append(job)
        return slots
