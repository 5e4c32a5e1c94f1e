from __future__ import annotations

from pathlib import Path

import pytest

from load.hostile import CASES
from load.hostile.case import OVERSIZE_BYTES


def test_there_are_hundreds_of_cases_and_each_has_a_name_of_its_own() -> None:
    assert len(CASES) > 450
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({case.raw for case in CASES}) > 450


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_tells_their_number(name: str) -> None:
    (line,) = (line for line in Path(name).read_text(encoding="utf-8").splitlines() if "`load/hostile`" in line)
    assert f" {len(CASES)} " in line.replace("；", " ")


def test_no_case_waits_for_more_to_be_sent() -> None:
    for case in CASES:
        head, separator, body = case.raw.partition(b"\r\n\r\n")
        lengths = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")]
        if (
            separator
            and len(lengths) == 1
            and (length := lengths[0].partition(b": ")[2]).isdigit()
            and len(length) < 12
        ):
            assert len(body) >= int(length), case.name


def test_large_cases_are_marked() -> None:
    assert 5 < sum(case.is_oversize for case in CASES) < 30
    assert all(len(case.raw) <= OVERSIZE_BYTES for case in CASES if not case.is_oversize)
