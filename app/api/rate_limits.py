"""How much each key may ask for: requests and tokens a minute. Policy only, on a clock that is handed in; no HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from app.api.api_keys import ApiKey
from app.errors import RateLimitedError

Clock = Callable[[], float]


class Bucket:
    """Fills by `per_minute` a minute, evenly, up to `per_minute`; may be overdrawn by what turns out dearer."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._level = float(per_minute)
        self._filled_s = clock()

    def take(self, amount: int) -> float:
        """Take an amount and return 0.0; or take nothing and return the seconds after which it is there.

        What is more than the bucket holds is given when it is full, or it never would be.
        """
        self._fill()
        missing = min(amount, self.per_minute) - self._level
        if missing > 0:
            return missing * 60 / self.per_minute
        self._level -= amount
        return 0.0

    def give_back(self, amount: int) -> None:
        """Undo a part of what was taken; a negative amount takes more, whatever is left."""
        self._fill()
        self._level = min(self._level + amount, float(self.per_minute))

    @property
    def num_left(self) -> int:
        """What can be taken now."""
        self._fill()
        return max(0, int(self._level))

    @property
    def full_in_s(self) -> float:
        """Seconds until it is full again, if nothing is taken."""
        self._fill()
        return (self.per_minute - self._level) * 60 / self.per_minute

    def _fill(self) -> None:
        now_s = self._clock()
        self._level = min(self.per_minute, self._level + (now_s - self._filled_s) * self.per_minute / 60)
        self._filled_s = now_s


class Account:
    """What one key has left. Thread: the event loop's."""

    def __init__(self, *, requests: Bucket | None, tokens: Bucket | None) -> None:
        self._requests = requests
        self._tokens = tokens

    def take_request(self) -> None:
        """Count a request. Raises: RateLimitedError."""
        _take(self._requests, 1, "requests")

    def take_tokens(self, num_tokens: int) -> None:
        """Count what a request will need at most. Raises: RateLimitedError."""
        _take(self._tokens, num_tokens, "tokens")

    def settle_tokens(self, *, taken: int, used: int) -> None:
        """Replace what was taken by what was used."""
        if self._tokens is not None:
            self._tokens.give_back(taken - used)

    def headers(self) -> Iterator[tuple[str, str]]:
        """Yield OpenAI's headers for the limits that there are."""
        for name, bucket in (("requests", self._requests), ("tokens", self._tokens)):
            if bucket is not None:
                yield f"x-ratelimit-limit-{name}", str(bucket.per_minute)
                yield f"x-ratelimit-remaining-{name}", str(bucket.num_left)
                yield f"x-ratelimit-reset-{name}", f"{bucket.full_in_s:.3f}s"


class RateLimits:
    """The accounts of all keys, each made when its key first asks. A limit of None is none; a key's own goes first."""

    def __init__(
        self, *, requests_per_minute: int | None, tokens_per_minute: int | None, clock: Clock = time.monotonic
    ) -> None:
        self._requests_per_minute = requests_per_minute
        self._tokens_per_minute = tokens_per_minute
        self._clock = clock
        self._accounts: dict[str, Account] = {}

    def account_of(self, key: ApiKey | None) -> Account:
        """Return a key's account; all that ask without one share one."""
        name = "" if key is None else key.name
        if name not in self._accounts:
            requests, tokens = (None, None) if key is None else (key.requests_per_minute, key.tokens_per_minute)
            self._accounts[name] = Account(
                requests=self._bucket(requests or self._requests_per_minute),
                tokens=self._bucket(tokens or self._tokens_per_minute),
            )
        return self._accounts[name]

    def _bucket(self, per_minute: int | None) -> Bucket | None:
        return None if per_minute is None else Bucket(per_minute, self._clock)


def _take(bucket: Bucket | None, amount: int, what: str) -> None:
    if bucket is not None and (wait_s := bucket.take(amount)) > 0:
        raise RateLimitedError(
            f"this key may use {bucket.per_minute} {what} a minute; {bucket.num_left} are left and {amount} asked for",
            retry_after_s=wait_s,
        )
