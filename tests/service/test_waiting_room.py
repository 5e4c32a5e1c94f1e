from __future__ import annotations

from collections import Counter

from app.service.waiting_room import Waiting, WaitingRoom


def room_of(*waiting: tuple[str, str, int]) -> WaitingRoom[None]:
    """Return a room with (request id, owner, tokens) in this order."""
    room: WaitingRoom[None] = WaitingRoom()
    for request_id, owner, num_tokens in waiting:
        room.add(Waiting(request_id, None, owner, num_tokens))
    return room


def take_ids(room: WaitingRoom[None], number: int) -> list[str]:
    taken = [room.take() for _ in range(number)]
    return [waiting.request_id for waiting in taken if waiting is not None]


def test_one_owner_is_served_in_order() -> None:
    room = room_of(("a", "", 500), ("b", "", 1), ("c", "", 9))
    assert take_ids(room, 4) == ["a", "b", "c"]


def test_a_crowd_of_one_owner_does_not_delay_another() -> None:
    room = room_of(*((f"a{i}", "a", 10) for i in range(100)))
    take_ids(room, 20)
    room.add(Waiting("b0", None, "b", 10))
    room.add(Waiting("b1", None, "b", 10))
    assert set(take_ids(room, 4)) >= {"b0", "b1"}


def test_owners_get_equal_tokens_and_not_equal_requests() -> None:
    room = room_of(*((f"a{i}", "a", 100) for i in range(50)), *((f"b{i}", "b", 10) for i in range(500)))
    taken = Counter(request_id[0] for request_id in take_ids(room, 110))
    assert abs(taken["a"] * 100 - taken["b"] * 10) <= 100


def test_nobody_saves_up_turns_while_away() -> None:
    room = room_of(*((f"a{i}", "a", 10) for i in range(200)))
    room.add(Waiting("b", None, "b", 10))
    waiting = room.take(), room.take()
    for one in waiting:
        assert one is not None
        room.settle(one)
    take_ids(room, 100)
    for i in range(50):
        room.add(Waiting(f"b{i}", None, "b", 10))
    taken = Counter(request_id[0] for request_id in take_ids(room, 20))
    assert taken["b"] in range(9, 12)


def test_what_was_charged_and_not_used_is_given_back() -> None:
    room = room_of(("a0", "a", 100), ("a1", "a", 100), ("b0", "b", 60), ("b1", "b", 60))
    first = room.take()
    assert first is not None
    assert first.request_id == "a0"
    room.settle(first, num_unused_tokens=95)
    assert take_ids(room, 2) == ["b0", "a1"]


def test_a_removed_request_is_never_taken_and_owners_without_work_are_forgotten() -> None:
    room = room_of(("a", "x", 1), ("b", "x", 1), ("c", "y", 1))
    assert room.remove("b") is not None
    assert room.remove("b") is None
    taken = [waiting for waiting in (room.take(), room.take()) if waiting is not None]
    assert {waiting.request_id for waiting in taken} == {"a", "c"}
    for waiting in taken:
        room.settle(waiting)
    assert repr(room) == "<WaitingRoom 0 waiting, 0 owners>"


def test_of_two_owners_one_at_twenty_times_its_share_leaves_the_other_its_waiting_time() -> None:
    """In simulated time: each round serves 4 requests of equal size; b asks for one a round, a for 2 or for 40."""

    def worst_wait(a_per_round: int) -> int:
        room: WaitingRoom[int] = WaitingRoom()
        worst = 0
        for now in range(300):
            for i in range(a_per_round):
                room.add(Waiting(f"a{now}.{i}", now, "a", 10))
            for i in range(2):
                room.add(Waiting(f"b{now}.{i}", now, "b", 10))
            for _ in range(4):
                waiting = room.take()
                if waiting is not None:
                    room.settle(waiting)
                    worst = max(worst, now - waiting.item + 1 if waiting.owner == "b" else 0)
        return worst

    assert worst_wait(2) == 1
    assert worst_wait(40) <= 2 * worst_wait(2)
