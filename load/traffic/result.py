"""One run's result as a file: everything that was seen, and the figures drawn from it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from load.storm.report import machine
from load.traffic import scenario as scenarios
from load.traffic.part import Part
from load.traffic.scenario import Scenario, ScenarioError
from load.traffic.summary import Summary, summarize

SCHEMA = 1
_KIND = "load run"


class NoResultError(Exception):
    """A file is not what a load test wrote, or has not the part that was named."""


@dataclass(frozen=True, slots=True)
class Result:
    """name: of the scenario. server: which server was asked, in words."""

    name: str
    scenario: Scenario
    server: str
    model: str
    parts: Sequence[Part]
    machine: dict[str, object]

    def summary(self, part: Part) -> Summary:
        return summarize(part, self.scenario.limits)

    @property
    def is_valid(self) -> bool:
        """Whether every part may be believed."""
        return all(self.summary(part).is_valid for part in self.parts)

    @property
    def num_errors(self) -> int:
        """Requests that ended in neither an answer nor a refusal nor their time limit."""
        return sum(self.summary(part).num_errors for part in self.parts)


def to_json(result: Result) -> dict[str, Any]:
    """Plain values: moments in seconds, latencies in milliseconds, rates per second."""
    return {
        "schema": SCHEMA,
        "kind": _KIND,
        "name": result.name,
        "server": result.server,
        "model": result.model,
        "machine": result.machine,
        "scenario": result.scenario.model_dump(mode="json", exclude_none=True),
        "parts": [{"summary": result.summary(part).to_json(), **part.to_json()} for part in result.parts],
    }


def write(result: Result, path: Path) -> None:
    """Raises: OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(to_json(result)) + "\n", encoding="utf-8")


def read(path: Path) -> Result:
    """Read what `write` wrote. Raises: NoResultError."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        if (fields["kind"], fields["schema"]) != (_KIND, SCHEMA):
            raise ValueError(f"it is of the kind {fields['kind']!r}, schema {fields['schema']}")
        return Result(
            name=fields["name"],
            scenario=scenarios.parse(fields["scenario"], source=str(path)),
            server=fields["server"],
            model=fields["model"],
            parts=[Part.from_json(part) for part in fields["parts"]],
            machine=fields["machine"],
        )
    except (OSError, ValueError, LookupError, TypeError, ScenarioError) as error:
        raise NoResultError(f"{path} is no result of a load test: {error}") from None


def read_part(place: str) -> tuple[Result, Part]:
    """A part by FILE, if it has one, or by FILE:NAME. Raises: NoResultError."""
    file, colon, name = place.partition(".json:")
    result = read(Path(file + ".json" if colon else place))
    names = [part.name for part in result.parts]
    if not colon and len(names) == 1:
        return result, result.parts[0]
    if name not in names:
        raise NoResultError(f"{place}: say which part, as in FILE.json:{names[0]} (there are {', '.join(names)})")
    return result, result.parts[names.index(name)]


def new(name: str, scenario: Scenario, *, server: str, model: str, parts: Sequence[Part]) -> Result:
    """A result of this machine."""
    return Result(name, scenario, server, model, parts, machine())
