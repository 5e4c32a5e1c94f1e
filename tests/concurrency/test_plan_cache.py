from __future__ import annotations

from pathlib import Path

import pytest

from app.concurrency.plan_cache import PlanCache

VALUE = {"answer": [1, 2.5, "x"]}


def test_what_was_kept_comes_back_under_its_key_only(tmp_path: Path) -> None:
    cache = PlanCache(tmp_path / "made" / "for it")
    cache.save(VALUE, "tokenizer", "1.0")
    assert PlanCache(tmp_path / "made" / "for it").load("tokenizer", "1.0") == VALUE
    assert cache.load("tokenizer", "1.1") is None
    assert len(list((tmp_path / "made" / "for it").iterdir())) == 1  # no temporary file is left


def test_a_spoilt_file_is_no_value(tmp_path: Path) -> None:
    cache = PlanCache(tmp_path)
    cache.save(VALUE, "key")
    for path in tmp_path.iterdir():
        path.write_text("{")
    assert cache.load("key") is None


@pytest.mark.parametrize("folder", [None, Path("/proc/nowhere"), Path(__file__)])
def test_a_folder_that_cannot_be_used_keeps_nothing_and_raises_nothing(folder: Path | None) -> None:
    cache = PlanCache(folder)
    cache.save(VALUE, "key")
    assert cache.load("key") is None
