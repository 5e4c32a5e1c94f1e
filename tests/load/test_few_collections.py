from __future__ import annotations

import gc
from contextlib import suppress

from load.few_collections import few_collections


def test_what_is_there_is_left_out_until_the_block_ends_however_it_ends() -> None:
    with suppress(KeyError), few_collections():
        num_left_out = gc.get_freeze_count()
        raise KeyError
    assert num_left_out > 1000
    assert gc.get_freeze_count() == 0
