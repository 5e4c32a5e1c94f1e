from __future__ import annotations

import random

import pytest

from app.api.api_keys import ApiKey
from app.api.rate_limits import Bucket, RateLimits
from app.errors import RateLimitedError


class Clock:
    """Stands still until it is moved."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_bucket_gives_what_it_holds_and_then_says_when_to_come_back(clock: Clock) -> None:
    bucket = Bucket(60, clock)
    assert [bucket.take(20) for _ in range(3)] == [0, 0, 0]
    assert bucket.take(1) == 1.0
    assert bucket.take(30) == 30.0
    clock.now_s += 30
    assert bucket.take(30) == 0
    assert (bucket.num_left, bucket.full_in_s) == (0, 60.0)


def test_a_bucket_never_holds_more_than_a_minutes_worth(clock: Clock) -> None:
    bucket = Bucket(60, clock)
    clock.now_s += 1e6
    bucket.give_back(1000)
    assert bucket.num_left == 60
    assert bucket.full_in_s == 0


def test_what_is_more_than_a_bucket_holds_is_given_when_it_is_full_and_paid_for_later(clock: Clock) -> None:
    bucket = Bucket(60, clock)
    assert bucket.take(180) == 0
    assert bucket.take(1) == pytest.approx(121)
    clock.now_s += 121
    assert bucket.take(1) == 0


def test_over_any_time_no_more_is_given_than_the_limit_allows(clock: Clock) -> None:
    chance, bucket, given = random.Random(3), Bucket(100, clock), 0
    for _ in range(3000):
        clock.now_s += chance.random()
        amount = chance.randint(1, 30)
        given += amount if bucket.take(amount) == 0 else 0
    assert given <= 100 + (clock.now_s - 1000) * 100 / 60
    assert given >= 0.9 * (clock.now_s - 1000) * 100 / 60


def test_whoever_waits_as_long_as_told_is_served(clock: Clock) -> None:
    account = RateLimits(requests_per_minute=7, tokens_per_minute=None, clock=clock).account_of(None)
    for _ in range(7):
        account.take_request()
    for _ in range(20):
        with pytest.raises(RateLimitedError) as caught:
            account.take_request()
        clock.now_s += caught.value.retry_after_s + 1e-6
        account.take_request()


def test_keys_have_accounts_of_their_own_and_their_own_limits_go_first(clock: Clock) -> None:
    limits = RateLimits(requests_per_minute=1, tokens_per_minute=10, clock=clock)
    alice, bob = ApiKey("alice", b""), ApiKey("bob", b"", requests_per_minute=2)
    limits.account_of(alice).take_request()
    with pytest.raises(RateLimitedError):
        limits.account_of(alice).take_request()
    for _ in range(2):
        limits.account_of(bob).take_request()
    with pytest.raises(RateLimitedError, match="2 requests a minute"):
        limits.account_of(bob).take_request()


def test_tokens_are_settled_by_what_was_used(clock: Clock) -> None:
    account = RateLimits(requests_per_minute=None, tokens_per_minute=100, clock=clock).account_of(None)
    account.take_tokens(90)
    with pytest.raises(RateLimitedError, match="10 are left and 20 asked for"):
        account.take_tokens(20)
    account.settle_tokens(taken=90, used=15)
    account.take_tokens(85)
    account.settle_tokens(taken=85, used=185)
    with pytest.raises(RateLimitedError) as caught:
        account.take_tokens(1)
    assert caught.value.retry_after_s == pytest.approx(101 * 0.6)


def test_headers_tell_of_the_limits_that_there_are(clock: Clock) -> None:
    assert dict(RateLimits(requests_per_minute=None, tokens_per_minute=None).account_of(None).headers()) == {}
    account = RateLimits(requests_per_minute=60, tokens_per_minute=None, clock=clock).account_of(None)
    account.take_request()
    assert dict(account.headers()) == {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-reset-requests": "1.000s",
    }
