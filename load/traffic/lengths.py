"""How long prompts and answers are, in tokens: constant, uniform or lognormal. A seed always gives the same."""

from __future__ import annotations

import math
import random
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator


class Constant(BaseModel):
    """Always the same."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    kind: Literal["constant"]
    tokens: PositiveInt

    def draw(self, rng: random.Random) -> int:
        return self.tokens


class Uniform(BaseModel):
    """Every length between two, both included, as often as any other."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    kind: Literal["uniform"]
    min: PositiveInt
    max: PositiveInt

    @model_validator(mode="after")
    def _in_order(self) -> Uniform:
        if self.min > self.max:
            raise ValueError(f"min {self.min} exceeds max {self.max}")
        return self

    def draw(self, rng: random.Random) -> int:
        return rng.randint(self.min, self.max)


class Lognormal(BaseModel):
    """As people write: most short, a few very long. sigma: of the logarithm; 0.5 to 1.2 is usual. max: cut there."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    kind: Literal["lognormal"]
    median: PositiveInt
    sigma: PositiveFloat
    max: PositiveInt

    def draw(self, rng: random.Random) -> int:
        return max(1, min(self.max, round(math.exp(rng.gauss(math.log(self.median), self.sigma)))))


Length = Annotated[Constant | Uniform | Lognormal, Field(discriminator="kind")]
