"""Mutations are the same every time, of the asked-for number, and never of an oversized case."""

from __future__ import annotations

from load.hostile import HostileCase
from load.storm.hostile_cases import cases_and_mutations

CASES = (
    HostileCase("small", b"GET / HTTP/1.1\r\n\r\n"),
    HostileCase("empty", b""),
    HostileCase("large", b"x" * 100_000, is_oversize=True),
)


def test_known_cases_come_first_and_mutations_fill_up() -> None:
    found = cases_and_mutations(CASES, 200)
    assert found[:3] == list(CASES)
    assert len(found) == 200
    assert all(case.name.startswith(("small ~", "empty ~")) for case in found[3:])
    assert len({case.raw for case in found}) > 100
    assert max(len(case.raw) for case in found[3:]) < 1000


def test_they_are_the_same_every_time() -> None:
    assert cases_and_mutations(CASES, 50) == cases_and_mutations(CASES, 50)


def test_no_known_case_is_left_out_when_fewer_are_asked_for() -> None:
    assert cases_and_mutations(CASES, 1) == list(CASES)
