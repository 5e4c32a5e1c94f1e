"""No request is handed to a thread by the framework: neither a route nor what it depends on is a plain def."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.main import create_app
from app.settings import Settings

ON_PURPOSE = {"/lab/threadpool"}


def routes_of(app: FastAPI) -> Iterator[APIRoute]:
    waiting: list[Any] = list(app.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, APIRoute):
            yield route
        else:
            inner = getattr(route, "original_router", None) or getattr(route, "app", None)
            waiting += getattr(inner, "routes", [])


def calls_of(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for inner in dependant.dependencies:
        if inner.call is not None:
            yield inner.call
        yield from calls_of(inner)


def is_on_the_loop(call: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call)


def test_no_route_and_no_dependency_costs_a_thread() -> None:
    app = create_app(Settings(lab_enabled=True, _env_file=None))
    routes = list(routes_of(app))
    in_threads = {route.path for route in routes if not is_on_the_loop(route.endpoint)}
    assert in_threads == ON_PURPOSE
    depended_on = {call for route in routes for call in calls_of(route.dependant)}
    assert depended_on
    assert [call for call in depended_on if not is_on_the_loop(call)] == []
