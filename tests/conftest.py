from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest


@pytest.fixture(scope="session", autouse=True)
def _no_process_is_left() -> Iterator[None]:
    """Whatever a test starts has ended when all are over: checked last, so the report names the processes only."""
    yield
    left = [" ".join(child.cmdline()) for child in psutil.Process().children(recursive=True)]
    assert not left, f"tests left processes behind: {left}"
