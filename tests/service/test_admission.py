from __future__ import annotations

import asyncio

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from app.errors import DrainingError, OverShareError, QueueFullError
from app.service.admission import Admission, Permit
from app.service.rates import ServiceRates


def test_one_request_too_many_is_refused_with_the_limit_and_the_value() -> None:
    admission = Admission(max_requests=2, max_tokens=1000)
    admission.reserve(1)
    admission.reserve(1)
    with pytest.raises(QueueFullError, match=r"2 requests.*takes 2"):
        admission.reserve(1)


def test_tokens_are_bounded_apart_from_requests() -> None:
    admission = Admission(max_requests=10, max_tokens=100)
    permit = admission.reserve(60)
    with pytest.raises(QueueFullError, match="hold 60 tokens and this one needs 41"):
        admission.reserve(41)
    admission.reserve(40)
    permit.release()
    admission.reserve(60)


def test_a_request_over_the_token_limit_runs_alone_rather_than_never() -> None:
    admission = Admission(max_requests=10, max_tokens=100)
    admission.reserve(500)
    with pytest.raises(QueueFullError):
        admission.reserve(1)


def test_the_true_size_replaces_the_estimate() -> None:
    admission = Admission(max_requests=10, max_tokens=100)
    permit = admission.reserve(90)
    permit.settle(20)
    assert admission.num_tokens == 20
    permit.release()
    permit.settle(50)
    assert (admission.num_tokens, admission.num_requests) == (0, 0)


async def test_idle_is_reached_when_the_last_permit_returns() -> None:
    admission = Admission(max_requests=10, max_tokens=100)
    await asyncio.wait_for(admission.wait_idle(), 5)
    first, second = admission.reserve(1), admission.reserve(1)
    admission.close()
    waiter = asyncio.create_task(admission.wait_idle())
    first.release()
    await asyncio.sleep(0)
    assert not waiter.done()
    second.release()
    await asyncio.wait_for(waiter, 5)
    with pytest.raises(DrainingError):
        admission.reserve(1)


def test_one_owner_leaves_room_for_another_however_much_it_asks_for() -> None:
    admission = Admission(max_requests=100, max_tokens=1000)
    for _ in range(80):
        admission.reserve(1, owner="a")
    with pytest.raises(OverShareError, match="yours"):
        admission.reserve(1, owner="a")
    assert admission.num_requests == 80
    for _ in range(16):
        admission.reserve(1, owner="b")
    with pytest.raises(OverShareError):
        admission.reserve(1, owner="b")
    admission.reserve(1, owner="c")


def test_one_owners_tokens_leave_room_as_well() -> None:
    admission = Admission(max_requests=1000, max_tokens=1000)
    for _ in range(80):
        admission.reserve(10, owner="a")
    with pytest.raises(OverShareError):
        admission.reserve(10, owner="a")
    assert admission.num_tokens == 800
    admission.reserve(150, owner="b")


def test_without_keys_everything_may_be_used() -> None:
    admission = Admission(max_requests=100, max_tokens=1000)
    for _ in range(100):
        admission.reserve(10)


def test_a_refusal_says_when_by_how_fast_requests_end() -> None:
    rates = ServiceRates(max_num_seqs=8)
    for _ in range(100):
        rates.ended(num_reserved_tokens=20, num_computed_tokens=10)
        rates.step(1.0, num_prefill_tokens=1, num_decode_tokens=4, is_backlogged=True)
    admission = Admission(max_requests=4, max_tokens=1000, rates=rates, draw=lambda: 1.0)
    for _ in range(4):
        admission.reserve(100)
    with pytest.raises(QueueFullError) as caught:
        admission.reserve(1)
    assert caught.value.retry_after_s == pytest.approx(40, rel=0.01)  # 400 tokens at 10 a second


def test_what_is_ahead_of_an_owner_is_its_own_queue_and_a_turn_of_each_other_for_each_of_its_own() -> None:
    admission = Admission(max_requests=100, max_tokens=10_000)
    crowd = [admission.reserve(100, owner="a") for _ in range(20)]
    assert admission.num_tokens_ahead(50, owner="a") == 2000
    assert admission.num_tokens_ahead(50, owner="b") == 50
    admission.reserve(50, owner="b")
    assert admission.num_tokens_ahead(50, owner="b") == 150
    assert admission.num_tokens_ahead(50, owner="a") == 2050
    for permit in crowd:
        permit.start()
        permit.start()
    assert admission.num_tokens_ahead(50, owner="b") == 50
    assert admission.num_tokens_ahead(50, owner="a") == 50


def test_nobody_is_ahead_while_a_slot_is_free() -> None:
    admission = Admission(max_requests=100, max_tokens=10_000, num_slots=3)
    for _ in range(2):
        admission.reserve(100, owner="a")
    assert admission.num_tokens_ahead(50, owner="a") == 0  # the engine takes all three before its next step
    admission.reserve(100, owner="a")
    assert admission.num_tokens_ahead(50, owner="a") == 300


def test_who_holds_less_of_the_line_than_the_others_is_known() -> None:
    admission = Admission(max_requests=100, max_tokens=10_000)
    assert not admission.holds_less("a")  # there is no line
    for owner, num_tokens in (("a", 300), ("b", 100), ("c", 100)):
        admission.reserve(num_tokens, owner=owner)
    assert [admission.holds_less(owner) for owner in "abcd"] == [False, True, True, True]
    admission.reserve(200, owner="b")
    assert [admission.holds_less(owner) for owner in "abcd"] == [False, False, True, True]


def test_a_check_says_what_a_reservation_would_and_reserves_nothing() -> None:
    admission = Admission(max_requests=5, max_tokens=100)
    for _ in range(4):
        admission.check(owner="a")
        admission.reserve(10, owner="a")
    with pytest.raises(OverShareError):
        admission.check(owner="a")
    admission.check(60, owner="b")
    with pytest.raises(QueueFullError):
        admission.check(61, owner="b")
    assert admission.num_requests == 4
    admission.close()
    with pytest.raises(DrainingError):
        admission.check(owner="b")


class AdmissionMachine(RuleBasedStateMachine):
    """However permits are taken, settled and released, the books agree with a plain list of what is out."""

    permits = Bundle("permits")

    def __init__(self) -> None:
        super().__init__()
        self.admission = Admission(max_requests=5, max_tokens=100)
        self.held: dict[Permit, int] = {}
        self.started: set[Permit] = set()

    @rule(target=permits, num_tokens=st.integers(0, 120))
    def reserve(self, num_tokens: int) -> Permit | None:
        fits = len(self.held) < 5 and (not self.held or sum(self.held.values()) + num_tokens <= 100)
        try:
            permit = self.admission.reserve(num_tokens)
        except QueueFullError:
            assert not fits
            return None
        assert fits
        self.held[permit] = num_tokens
        return permit

    @rule(permit=permits, num_tokens=st.integers(0, 120))
    def settle(self, permit: Permit | None, num_tokens: int) -> None:
        if permit is not None:
            permit.settle(num_tokens)
            if permit in self.held:
                self.held[permit] = num_tokens

    @rule(permit=permits)
    def start(self, permit: Permit | None) -> None:
        if permit is not None:
            permit.start()
            if permit in self.held:
                self.started.add(permit)

    @rule(permit=permits)
    def release(self, permit: Permit | None) -> None:
        if permit is not None:
            permit.release()
            self.held.pop(permit, None)

    @invariant()
    def books_agree(self) -> None:
        assert self.admission.num_requests == len(self.held)
        assert self.admission.num_tokens == sum(self.held.values())
        waiting = sum(size for permit, size in self.held.items() if permit not in self.started)
        assert self.admission.num_tokens_ahead() == waiting


TestAdmissionMachine = AdmissionMachine.TestCase
