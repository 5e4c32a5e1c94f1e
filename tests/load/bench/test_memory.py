"""The peak is this stretch's, not the whole process's."""

from __future__ import annotations

import sys

import pytest
import torch

from load.bench.memory import PeakMemory

CPU = torch.device("cpu")
SIZE = 200_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can set the high-water mark back")
def test_what_was_freed_before_does_not_count() -> None:
    before = PeakMemory(CPU)
    block = bytearray(SIZE)
    with_block = before.bytes()
    del block
    after = PeakMemory(CPU).bytes()
    assert with_block - after > SIZE // 2
