"""When requests are due. Open: by a plan that no answer can change. Closed: a client's next after its last answer."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

from load.storm.plan import even_plan, poisson_plan


class _Open(BaseModel):
    """`rate`: requests a second; or `rate_of_peak`: as a multiple of what a closed loop gets out of the server."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    duration_s: PositiveFloat
    rate: PositiveFloat | None = None
    rate_of_peak: PositiveFloat | None = None

    @model_validator(mode="after")
    def _one_rate(self) -> _Open:
        if (self.rate is None) == (self.rate_of_peak is None):
            raise ValueError("give either rate or rate_of_peak")
        return self


class Even(_Open):
    """At even distances."""

    kind: Literal["constant"]

    def plan(self, rate: float, *, seed: int) -> list[float]:
        return even_plan(1 / rate, self.duration_s)

    def label(self, rate: float) -> str:
        return f"open loop, constant, {rate:.3g} requests/s"


class Poisson(_Open):
    """As from many people who know nothing of each other."""

    kind: Literal["poisson"]

    def plan(self, rate: float, *, seed: int) -> list[float]:
        return poisson_plan(rate, self.duration_s, seed=seed)

    def label(self, rate: float) -> str:
        return f"open loop, Poisson, {rate:.3g} requests/s on average"


class Bursts(_Open):
    """`size` requests in one moment, then nothing until the rate is kept again."""

    kind: Literal["bursts"]
    size: PositiveInt

    def plan(self, rate: float, *, seed: int) -> list[float]:
        return [moment for moment in even_plan(self.size / rate, self.duration_s) for _ in range(self.size)]

    def label(self, rate: float) -> str:
        return f"open loop, bursts of {self.size}, {rate:.3g} requests/s on average"


class Ramp(_Open):
    """The rate grows evenly from `from_share` of itself to all of it. Poisson arrivals, in a time that is bent."""

    kind: Literal["ramp"]
    from_share: float = Field(0.1, ge=0, lt=1)

    def plan(self, rate: float, *, seed: int) -> list[float]:
        """The n-th arrival of a Poisson process comes when its integrated rate is reached: a quadratic in time."""
        low, grows = rate * self.from_share, rate * (1 - self.from_share) / self.duration_s
        expected = low * self.duration_s + grows * self.duration_s**2 / 2
        return [
            (math.sqrt(low**2 + 2 * grows * count) - low) / grows for count in poisson_plan(1.0, expected, seed=seed)
        ]

    def label(self, rate: float) -> str:
        return f"open loop, Poisson, ramp from {rate * self.from_share:.3g} to {rate:.3g} requests/s"


class Closed(BaseModel):
    """`num_clients`, each of which waits for its answer: a slow server is asked less, so its stalls hardly show."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    kind: Literal["closed"]
    num_clients: PositiveInt
    duration_s: PositiveFloat

    def label(self) -> str:
        return f"closed loop, {self.num_clients} clients (latency from sending; stalls hardly show)"


OpenArrivals = Even | Poisson | Bursts | Ramp
Arrivals = Annotated[OpenArrivals | Closed, Field(discriminator="kind")]
