"""What is installed and shipped agrees with itself: pins with requirements, the container's stop with the drain."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from app import __version__
from app.settings import Settings

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
REQUIREMENTS = [Requirement(text) for text in sum(EXTRAS.values(), PROJECT["dependencies"])]


@pytest.fixture(scope="module")
def pins() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in pairs}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return parsed


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_every_requirement_is_pinned_to_a_version_it_allows(requirement: Requirement, pins: dict[str, Version]) -> None:
    assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)])


def test_pins_name_no_build_of_one_platform(pins: dict[str, Version]) -> None:
    assert not [name for name, version in pins.items() if version.local]
    assert not [name for name in pins if name.startswith(("nvidia-", "triton"))]


def test_the_version_is_the_packages() -> None:
    assert PROJECT["version"] == __version__


def test_nothing_asks_for_the_metadata_of_a_package_that_the_container_does_not_install() -> None:
    asking = [path for path in (ROOT / "app").rglob("*.py") if "importlib.metadata" in path.read_text()]
    assert asking
    assert not [path for path in asking if f'"{PROJECT["name"]}"' in path.read_text()]


@pytest.mark.parametrize("service", ["cpu", "gpu"])
def test_the_container_is_killed_only_after_the_drain_had_its_time(compose: dict[str, Any], service: str) -> None:
    options = compose["services"][service]
    drain_s = float(options["environment"]["UNBLOCKED_DRAIN_TIMEOUT_S"])
    assert int(options["stop_grace_period"].removesuffix("s")) > drain_s


@pytest.mark.parametrize("service", ["cpu", "gpu"])
def test_the_container_sets_only_settings_that_exist(compose: dict[str, Any], service: str) -> None:
    names = [name.removeprefix("UNBLOCKED_").lower() for name in compose["services"][service]["environment"]]
    assert set(names) <= set(Settings.model_fields)


@pytest.mark.parametrize("service", ["cpu", "gpu"])
def test_the_container_gets_no_rights_and_is_reached_from_this_host_only(compose: dict[str, Any], service: str) -> None:
    options = compose["services"][service]
    assert options["read_only"]
    assert options["cap_drop"] == ["ALL"]
    assert options["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("${BIND:-127.0.0.1}:") for port in options["ports"])
