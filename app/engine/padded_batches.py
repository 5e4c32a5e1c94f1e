"""Which inputs an encoder reads together: those of like length, so that little of a batch is padding. No tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def padded_batches(lengths: Sequence[int], *, max_tokens: int) -> Iterator[list[int]]:
    """Yield the indices of each batch, shortest inputs first; every index once.

    A batch has at most max_tokens tokens, its padding counted; an input that is longer has one of its own.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[index] > max_tokens:  # it is the longest so far
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
