"""Tables for a terminal are aligned."""

from __future__ import annotations

from load.table import format_table


def test_columns_are_aligned_under_their_heads() -> None:
    assert format_table(("name", "n"), [("a", "1"), ("bcdef", "1000")]).splitlines() == [
        "name      n",
        "-----------",
        "a         1",
        "bcdef  1000",
    ]
