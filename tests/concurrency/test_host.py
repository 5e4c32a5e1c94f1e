from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.concurrency.host import available_memory_bytes, cpu_quota, num_usable_cpus


@pytest.mark.parametrize(
    ("text", "expected"),
    [("150000 100000", 1.5), ("50000 100000", 0.5), ("max 100000", float("inf")), ("", float("inf"))],
)
def test_a_cgroup_quota_limits_the_cpus(tmp_path: Path, text: str, expected: float) -> None:
    (tmp_path / "cpu.max").write_text(text)
    assert cpu_quota(tmp_path) == min(expected, len(os.sched_getaffinity(0)))


def test_a_version_1_quota_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("50000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert cpu_quota(tmp_path) == 0.5


def test_there_is_always_one_cpu_to_plan_for() -> None:
    assert 1 <= num_usable_cpus() <= (os.cpu_count() or 1)


def test_the_lesser_of_host_and_cgroup_memory_counts(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 2000 kB\nMemAvailable:    1000 kB\n")
    assert available_memory_bytes(tmp_path, meminfo) == 1000 * 1024
    (tmp_path / "memory.max").write_text("500000")
    (tmp_path / "memory.current").write_text("100000")
    assert available_memory_bytes(tmp_path, meminfo) == 400_000
    (tmp_path / "memory.max").write_text("max")
    assert available_memory_bytes(tmp_path, meminfo) == 1000 * 1024
