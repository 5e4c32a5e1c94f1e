from __future__ import annotations

import random

from app.api.connection_table import ConnectionTable, Phase


def table_of(*phases: Phase, max_connections: int = 3, num_reserved: int = 2) -> ConnectionTable[str]:
    """Connections a, b, c... in these phases."""
    table = ConnectionTable[str](max_connections=max_connections, num_reserved=num_reserved)
    for name, phase in zip("abcdefgh", phases, strict=False):
        table.add(name)
        table.move(name, phase)
    return table


def test_below_the_limit_nobody_has_to_go() -> None:
    table = table_of(Phase.WAITING, Phase.SERVED)
    assert table.add("new") is None
    assert len(table) == 3


def test_whoever_has_waited_longest_goes_first() -> None:
    table = table_of(Phase.SERVED, Phase.WAITING, Phase.WAITING)
    assert [table.add("x"), table.add("y"), table.add("z")] == ["b", "c", "x"]
    assert len(table) == 3


def test_waiting_begins_anew_after_an_answer() -> None:
    table = table_of(Phase.SERVED, Phase.WAITING, Phase.SERVED)
    table.move("a", Phase.WAITING)
    assert [table.add("x"), table.add("y")] == ["b", "a"]


def test_waiting_begins_anew_after_an_answer_at_the_door_too() -> None:
    table = table_of(Phase.WAITING, Phase.WAITING, Phase.SERVED)
    table.move("a", Phase.WAITING)
    assert [table.add("x"), table.add("y")] == ["b", "a"]


def test_if_none_waits_the_longest_body_goes() -> None:
    table = table_of(Phase.SERVED, Phase.SENDING, Phase.SENDING)
    assert table.add("x") == "b"
    table.move("x", Phase.SERVED)
    assert table.add("y") == "c"


def test_one_that_is_being_answered_never_goes_and_some_room_is_kept_for_health_checks() -> None:
    table = table_of(Phase.SERVED, Phase.SERVED, Phase.SERVED)
    assert table.is_crowded
    assert table.add("x") is None  # reserved
    table.move("x", Phase.SERVED)
    assert table.add("y") is None
    table.move("y", Phase.SERVED)
    assert table.add("z") == "z"
    assert len(table) == 5
    table.move("z", Phase.SERVED)  # was never taken in
    table.remove("z")
    assert len(table) == 5


def test_silent_connections_alone_are_no_crowd() -> None:
    assert not table_of(Phase.WAITING, Phase.SERVED, Phase.SERVED).is_crowded
    assert table_of(Phase.SENDING, Phase.SERVED, Phase.SERVED).is_crowded


def test_a_removed_one_makes_room() -> None:
    table = table_of(Phase.SERVED, Phase.SERVED, Phase.SERVED)
    table.remove("b")
    table.remove("b")
    assert not table.is_crowded
    assert table.add("x") is None
    assert repr(table) == "<ConnectionTable 1 waiting, 0 sending, 2 served, at most 3+2>"


def test_the_bound_holds_whatever_comes() -> None:
    chance = random.Random(1)
    table = ConnectionTable[int](max_connections=5, num_reserved=2)
    there: set[int] = set()
    for number in range(5000):
        victim = table.add(number)
        there.add(number)
        if victim is not None:
            there.discard(victim)
        for member in chance.sample(sorted(there), k=min(3, len(there))):
            table.move(member, chance.choice(list(Phase)))
        if there and chance.random() < 0.2:
            gone = chance.choice(sorted(there))
            table.remove(gone)
            there.discard(gone)
        assert len(table) == len(there) <= 7
