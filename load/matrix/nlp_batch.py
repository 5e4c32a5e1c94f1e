"""CPU-bound work on large data: processes with pickling, processes with shared memory, and C extensions.

Two batches of an NLP pipeline: documents to token ids, and a matrix of embeddings to one score a row.
"""

from __future__ import annotations

import multiprocessing
import os
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from load.matrix.clock import wall_s
from load.matrix.cpu_bound import CORES
from load.matrix.experiment import Agreement, Experiment, Verdict, verdict
from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale
from load.matrix.shared_rows import Matrix, in_shared_memory, scores, shared_scores

TOKENIZER = Path(__file__).parents[2] / "models" / "tutor" / "tokenizer.json"


@cache
def tokenizer() -> Tokenizer:
    """One for each process: the file is read where it is used, and never pickled."""
    return Tokenizer.from_file(str(TOKENIZER))


def token_ids(document: str) -> list[int]:
    """`encode` holds the GIL from its first character to its last."""
    return tokenizer().encode(document, add_special_tokens=False).ids


def token_ids_of_all(documents: Sequence[str]) -> list[list[int]]:
    """`encode_batch` releases the GIL and uses threads of its own, in Rust."""
    return [found.ids for found in tokenizer().encode_batch(list(documents), add_special_tokens=False)]


_TOKENS = "documents to token ids"
_SCORES = "matrix to scores"


def measure(scale: Scale) -> list[Figure]:
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    documents = _documents(scale.pick(600, 200))
    rng = np.random.default_rng(0)
    matrix = rng.random((scale.pick(60_000, 6_000), 384), dtype=np.float32)
    with multiprocessing.get_context("spawn").Pool(CORES) as pool:
        pool.map(token_ids, ["warm"] * CORES)
        return [*_tokens(documents, pool, 1), *_scores(matrix, pool, scale.pick(3, 1))]


def _tokens(documents: list[str], pool: Pool, repeat: int) -> Iterator[Figure]:
    size = f"{sum(map(len, documents)) / 1e6:.1f} MB in {len(documents)} documents"
    expected = [token_ids(document) for document in documents]
    with ThreadPoolExecutor(CORES) as threads:
        ways: dict[str, Callable[[], list[list[int]]]] = {
            "inline, encode": lambda: [token_ids(document) for document in documents],
            "threads, encode (holds the GIL)": lambda: list(threads.map(token_ids, documents)),
            "process pool, pickled": lambda: pool.map(token_ids, documents),
            "C extension, encode_batch": lambda: token_ids_of_all(documents),
        }
        for way, work in ways.items():
            assert work() == expected, way
            yield Figure(_TOKENS, way, wall_s(work, repeat=repeat), "s", note=size)


def _scores(matrix: Matrix, pool: Pool, repeat: int) -> Iterator[Figure]:
    size = f"{matrix.nbytes / 1e6:.0f} MB"
    parts = np.array_split(matrix, CORES)
    with in_shared_memory(matrix, CORES) as shared:
        ways: dict[str, Callable[[], Any]] = {
            "inline, numpy": partial(scores, matrix),
            "process pool, pickled": partial(pool.map, scores, parts),
            "process pool, shared memory": partial(pool.map, shared_scores, shared),
        }
        for way, work in ways.items():
            assert np.allclose(np.concatenate(work()) if "pool" in way else work(), scores(matrix)), way
            yield Figure(_SCORES, way, wall_s(work, repeat=repeat) * 1000, "ms", note=size)


def _documents(count: int) -> list[str]:
    """Words of random letters: few different words would come out of the tokenizer's cache, which no real text does."""
    rng = random.Random(7)
    words = ["".join(rng.choices("etaoinshrdlucmfw", k=rng.randint(2, 9))) for _ in range(20_000)]
    return [" ".join(rng.choices(words, k=200)) for _ in range(count)]


def judge(figures: Figures) -> list[Verdict]:
    inline, threads, pool, batch = (
        figures.of(_TOKENS, way)
        for way in (
            "inline, encode",
            "threads, encode (holds the GIL)",
            "process pool, pickled",
            "C extension, encode_batch",
        )
    )
    numpy, pickled, shared = (
        figures.of(_SCORES, way) for way in ("inline, numpy", "process pool, pickled", "process pool, shared memory")
    )
    return [
        verdict(
            "large data: multiprocessing or a C extension",
            f"tokens: pool {inline / pool:.2f}, encode_batch {inline / batch:.2f} times inline; "
            f"scores: numpy alone {numpy:.0f} ms, pickled to a pool {pickled:.0f} ms",
            holds=min(pool, batch) < inline / 1.1 and pickled < numpy,
            otherwise=Agreement.TOO_SIMPLE if min(pool, batch) < inline / 1.1 else Agreement.DISAGREES,
        ),
        verdict(
            "processes pay for what they exchange",
            f"pickled {pickled:.0f} ms, shared memory {shared:.0f} ms, in place {numpy:.0f} ms",
            holds=pickled > 1.3 * shared,
        ),
        verdict(
            "C code lets go of the GIL",
            f"threads with encode {inline / threads:.2f} times inline, encode_batch {inline / batch:.2f}",
            holds=inline / threads > 1.25,
            otherwise=Agreement.TOO_SIMPLE,
        ),
    ]


EXPERIMENT = Experiment("CPU-bound with large data (an NLP batch)", measure, judge)
