"""Scenarios are read strictly: what is not understood is refused by name."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from load.traffic import scenario as scenarios
from load.traffic.scenario import ScenarioError, parse, read
from tests.load.traffic.made_up import FIELDS, scenario

SHIPPED = {"baseline", "ramp", "overload", "long-prompts", "chat-with-history", "blocking-against-offloaded"}


def test_the_scenarios_of_the_project_are_these() -> None:
    assert set(scenarios.names()) == SHIPPED


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_every_scenario_is_understood_and_has_limits(name: str) -> None:
    found = read(name)
    assert found.description
    assert found.limits.ttft_ms
    assert all(setting.startswith("UNBLOCKED_") for setting in found.server)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"colour": "red"}, "unknown key colour"),
        ({"prompt": {"tokens": {"kind": "constant", "tokens": 1}, "lenght": 3}}, "unknown key prompt.lenght"),
        ({"arrivals": {"kind": "poisson", "rate": 1, "duration_s": 1, "size": 2}}, "unknown key arrivals.poisson.size"),
        ({"limits": {"ttft": 1}}, "unknown key limits.ttft"),
        ({"arrivals": {"kind": "waves"}}, "arrivals: .*'waves'"),
        ({"arrivals": {"kind": "poisson", "duration_s": 1}}, "either rate or rate_of_peak"),
        ({"arrivals": {"kind": "poisson", "duration_s": 1, "rate": 1, "rate_of_peak": 1}}, "either rate"),
        ({"output_tokens": {"kind": "uniform", "min": 9, "max": 3}}, "min 9 exceeds max 3"),
        ({"output_tokens": {"kind": "constant", "tokens": 0}}, "output_tokens.constant.tokens: .*greater than"),
        ({"beside": [{"name": "x", "path": "no\r\nslash", "every_s": 1}]}, "beside.0.path"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(fields: dict[str, object], complaint: str) -> None:
    with pytest.raises(ScenarioError, match=complaint):
        scenario(**fields)


def test_all_faults_are_named_at_once_with_the_file() -> None:
    with pytest.raises(ScenarioError) as error:
        parse({**FIELDS, "a": 1, "b": 2}, source="x.toml")
    assert str(error.value).splitlines() == ["x.toml: unknown key a", "x.toml: unknown key b"]


def test_a_scenario_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"no scenario bseline: .*baseline"):
        read("bseline")
    (tmp_path / "broken.toml").write_text("a = ")
    with pytest.raises(ScenarioError, match=r"broken\.toml"):
        read(str(tmp_path / "broken.toml"))


def test_options_change_rate_time_and_seed_and_nothing_else() -> None:
    before = read("overload")
    after = before.changed(rate=7.0, duration_s=3.0, seed=9)
    assert after.arrivals == before.arrivals.model_copy(update={"rate": 7.0, "rate_of_peak": None, "duration_s": 3.0})
    assert after.model_copy(update={"arrivals": before.arrivals, "seed": before.seed}) == before
    assert before.changed() == before


@pytest.mark.parametrize("changes", [{"rate": math.inf}, {"rate": math.nan}, {"duration_s": math.inf}])
def test_what_would_never_end_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ScenarioError, match="finite number"):
        read("baseline").changed(**changes)  # type: ignore[arg-type]


def test_a_closed_loop_has_no_rate_to_change() -> None:
    closed = scenario(arrivals={"kind": "closed", "num_clients": 2, "duration_s": 1})
    with pytest.raises(ScenarioError, match=r"unknown key arrivals\.closed\.rate"):
        closed.changed(rate=3.0)
