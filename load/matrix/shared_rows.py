"""A matrix in shared memory: worker processes see its rows, and what travels to them is a name and four numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.shared_memory import SharedMemory

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]


def scores(matrix: Matrix) -> Matrix:
    """The length of every row."""
    found: Matrix = np.linalg.norm(matrix, axis=1)
    return found


@dataclass(frozen=True, slots=True)
class SharedRows:
    """Some rows of a matrix in shared memory: a name and numbers travel to the worker, no data."""

    name: str
    shape: tuple[int, int]
    first: int
    end: int


def shared_scores(rows: SharedRows) -> Matrix:
    """In the worker: attach, look, compute, let go."""
    memory = SharedMemory(rows.name)
    matrix: Matrix = np.ndarray(rows.shape, np.float32, memory.buf)
    found = scores(matrix[rows.first : rows.end])
    del matrix  # a view of the memory; it can't be closed while somebody looks
    memory.close()
    return found


@contextmanager
def in_shared_memory(matrix: Matrix, num_parts: int) -> Iterator[list[SharedRows]]:
    """A copy that all processes see, in so many parts. It is gone when the block ends."""
    memory = SharedMemory(create=True, size=matrix.nbytes)
    try:
        np.ndarray(matrix.shape, matrix.dtype, memory.buf)[:] = matrix
        rows, columns = matrix.shape
        bounds = [rows * part // num_parts for part in range(num_parts + 1)]
        yield [SharedRows(memory.name, (rows, columns), bounds[part], bounds[part + 1]) for part in range(num_parts)]
    finally:
        memory.close()
        memory.unlink()
