"""A pytest plugin: `--fail-on-blocking=MS` fails a test in which something held an event loop for MS or more.

    pytest -p app.observability.fail_on_blocking --fail-on-blocking=500

It names the line. What the body of a test or of a fixture does by itself is left alone, for no client waits for it; so
is a test marked `blocks_the_loop`. How the time is counted, so that a busy machine fails nobody: step_watch.py.
"""

from __future__ import annotations

import inspect
from collections.abc import Generator, Iterator
from types import CodeType
from typing import Any

import pytest

from app.observability.step_watch import StepWatch

MARKER = "blocks_the_loop"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.getgroup("unblocked").addoption(
        "--fail-on-blocking",
        type=float,
        default=0.0,
        metavar="MS",
        help="fail tests in which an event loop was held for so many milliseconds or more; 0 (the default): none",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and begin to watch if asked to."""
    config.addinivalue_line("markers", f"{MARKER}: it holds the event loop on purpose; --fail-on-blocking lets it pass")
    threshold_ms: float = config.getoption("--fail-on-blocking")
    if threshold_ms > 0:
        config.pluginmanager.register(BlockingJudge(StepWatch(threshold_ms / 1000)), "blocking-judge")


class BlockingJudge:
    """Fails the phase of a test (setup, call, teardown) in which a loop was held."""

    def __init__(self, watch: StepWatch) -> None:
        self._watch = watch
        watch.start()

    def pytest_unconfigure(self) -> None:
        """End the watch."""
        self._watch.stop()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Judge what the phase did; one that fails by itself is left to say why."""
        self._watch.take()
        result = yield
        own_code = set(_code_of(item))
        found = [str(step) for step in self._watch.take() if step.coroutine not in own_code]
        if found and item.get_closest_marker(MARKER) is None:
            pytest.fail("\n".join(found), pytrace=False)
        return result

    pytest_runtest_setup = pytest_runtest_call
    pytest_runtest_teardown = pytest_runtest_call


def _code_of(item: pytest.Item) -> Iterator[CodeType]:
    """The code of a test function and of its fixtures."""
    fixtures = getattr(item, "_fixtureinfo", None)
    definitions = [each for group in fixtures.name2fixturedefs.values() for each in group] if fixtures else []
    for function in [getattr(item, "function", None), *(definition.func for definition in definitions)]:
        code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
        if code is not None:
            yield code
