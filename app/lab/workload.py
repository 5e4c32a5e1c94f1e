"""The work that every lab endpoint does: a torch forward, then a tokenizing job. Real work, no `sleep`."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from enum import Enum

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from torch import nn

MAX_FORWARDS = 50
MAX_CHARS = 2_000_000
_HIDDEN = 512
_SEQ_LEN = 256
_NUM_LAYERS = 2
_TEXT_CHARS = 200_000
_TRAINING_CHARS = 20_000
_VOCAB_SIZE = 1000


class Tokenizing(Enum):
    """Which call of the tokenizer is used. Both give the same tokens."""

    ENCODE = "encode"
    """Holds the GIL from its first character to its last."""
    ENCODE_BATCH = "encode_batch"
    """Releases the GIL, even for a batch of one text."""


@dataclass(frozen=True)
class JobSize:
    """How much to do. Zero leaves that part out."""

    num_forwards: int
    num_chars: int


@dataclass(frozen=True)
class JobResult:
    """What was done, and how long each part took, in milliseconds."""

    torch_ms: float
    tokenize_ms: float
    num_tokens: int


class Workload:
    """A stack of transformer layers with random weights, a tokenizer and a text for it. Nothing in it ever changes.

    Thread: any, several at once; `run` uses the torch threads of the thread that calls it.
    """

    def __init__(self) -> None:
        self._text = _make_text()
        self._tokenizer = _train_tokenizer(self._text[:_TRAINING_CHARS])
        layer = nn.TransformerEncoderLayer(_HIDDEN, nhead=8, dim_feedforward=4 * _HIDDEN, batch_first=True)
        self._layer = layer.eval()
        self._hidden = torch.randn(1, _SEQ_LEN, _HIDDEN)

    def run(self, size: JobSize, tokenizing: Tokenizing) -> JobResult:
        """Do all of the job on this thread."""
        started = time.perf_counter()
        with torch.inference_mode():
            for _ in range(size.num_forwards):
                hidden = self._hidden
                for _ in range(_NUM_LAYERS):
                    hidden = self._layer(hidden)
        forwarded = time.perf_counter()
        num_tokens = self._tokenize(size.num_chars, tokenizing) if size.num_chars else 0
        return JobResult(
            torch_ms=(forwarded - started) * 1000,
            tokenize_ms=(time.perf_counter() - forwarded) * 1000,
            num_tokens=num_tokens,
        )

    def _tokenize(self, num_chars: int, tokenizing: Tokenizing) -> int:
        text = (self._text * (num_chars // len(self._text) + 1))[:num_chars]
        if tokenizing is Tokenizing.ENCODE:
            return len(self._tokenizer.encode(text, add_special_tokens=False))
        return len(self._tokenizer.encode_batch([text], add_special_tokens=False)[0])


def _train_tokenizer(text: str) -> Tokenizer:
    """A byte-level BPE tokenizer of the lab's own: 0.1 s, the same every time, whatever model is served."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=_VOCAB_SIZE, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


def _make_text() -> str:
    """Words of random letters: a text of few words would come out of the tokenizer's cache, which no real text does."""
    rng = random.Random(20)
    words = ("".join(rng.choices("etaoinshrdlucmfw", k=rng.randint(2, 10))) for _ in range(_TEXT_CHARS // 5))
    return " ".join(words)[:_TEXT_CHARS]
