"""A scenario: what is asked, how often, and within which limits an answer is a good one. Read from TOML, strictly."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, ValidationError

from load.traffic.arrivals import Arrivals
from load.traffic.lengths import Length

FOLDER = Path(__file__).parents[1] / "scenarios"


class ScenarioError(Exception):
    """There is no such scenario, or its file says something that is not understood."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Prompt(_Strict):
    """tokens: of the last message, about. num_turns: a conversation's n-th request brings its n - 1 earlier ones along,
    with made-up answers between them, and then another conversation begins; num_conversations go on side by side.
    """

    tokens: Length
    num_turns: PositiveInt = 1
    num_conversations: PositiveInt = 1


class Limits(_Strict):
    """An answer is a good one if it keeps all that are given. Milliseconds."""

    ttft_ms: PositiveFloat | None = None
    tpot_ms: PositiveFloat | None = None
    e2e_ms: PositiveFloat | None = None


class Beside(_Strict):
    """Something that is asked besides, on an even beat. A scenario is run once for each of its list."""

    name: str
    path: str = Field(pattern=r"^/[\x21-\x7e]*$")
    every_s: PositiveFloat


class Scenario(_Strict):
    """One TOML file. server: settings (UNBLOCKED_...) of the server that is started for it, if one is."""

    description: str
    arrivals: Arrivals
    prompt: Prompt
    output_tokens: Length
    limits: Limits = Limits()
    beside: tuple[Beside, ...] = ()
    server: dict[str, str] = {}
    seed: int = 1

    def changed(
        self, *, rate: float | None = None, duration_s: float | None = None, seed: int | None = None
    ) -> Scenario:
        """The same with other numbers. Raises: ScenarioError, if a closed loop is to have a rate."""
        fields = self.model_dump(exclude_none=True)
        if rate is not None:
            fields["arrivals"].pop("rate_of_peak", None)
            fields["arrivals"]["rate"] = rate
        if duration_s is not None:
            fields["arrivals"]["duration_s"] = duration_s
        if seed is not None:
            fields["seed"] = seed
        return parse(fields, source="the options")


def names() -> list[str]:
    """The scenarios that come with the project."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read(name: str) -> Scenario:
    """A scenario by its name or its file. Raises: ScenarioError."""
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ScenarioError(f"no scenario {name}: give a .toml file, or one of {', '.join(names())}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioError(f"{path}: {error}") from None
    return parse(fields, source=str(path))


def parse(fields: dict[str, Any], *, source: str) -> Scenario:
    """Raises: ScenarioError, which names every key that is unknown, missing or wrong."""
    try:
        return Scenario.model_validate(fields)
    except ValidationError as error:
        faults = [_fault(found["loc"], found["type"], found["msg"]) for found in error.errors()]
        raise ScenarioError("\n".join(f"{source}: {fault}" for fault in faults)) from None


def _fault(place: tuple[int | str, ...], kind: str, message: str) -> str:
    key = ".".join(map(str, place))
    return f"unknown key {key}" if kind == "extra_forbidden" else f"{key}: {message}"
