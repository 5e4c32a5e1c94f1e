"""Facts about the machine, from its real files and from made-up ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from load.bench import machine


def test_a_report_names_processor_versions_and_no_folder() -> None:
    facts = machine.describe(torch.device("cpu"))
    assert facts["cpu"]
    assert facts["torch"]
    assert str(Path.cwd()) not in str(facts)


@pytest.mark.parametrize(("quota", "expected"), [("100000 100000", 1), ("50000 100000", 1), ("max 100000", None)])
def test_a_quota_bounds_the_cores(tmp_path: Path, quota: str, expected: int | None) -> None:
    (tmp_path / "cpu.max").write_text(quota)
    assert machine.usable_cpus(tmp_path) == (expected or machine.usable_cpus(tmp_path / "none"))


def test_there_is_memory_and_not_more_than_all() -> None:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < machine.free_memory_bytes() <= total
