from __future__ import annotations

import asyncio

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from app.errors import DrainingError, QueueFullError
from app.service.admission import Admission, Permit


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


class AdmissionMachine(RuleBasedStateMachine):
    """However permits are taken, settled and released, the books agree with a plain list of what is out."""

    permits = Bundle("permits")

    def __init__(self) -> None:
        super().__init__()
        self.admission = Admission(max_requests=5, max_tokens=100)
        self.held: dict[Permit, int] = {}

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
    def release(self, permit: Permit | None) -> None:
        if permit is not None:
            permit.release()
            self.held.pop(permit, None)

    @invariant()
    def books_agree(self) -> None:
        assert self.admission.num_requests == len(self.held)
        assert self.admission.num_tokens == sum(self.held.values())


TestAdmissionMachine = AdmissionMachine.TestCase
