from __future__ import annotations

from collections.abc import Iterator

import pytest

from app import errors
from app.api.error_table import ERROR_TABLE, error_bytes, error_headers, error_object, http_error_of


def all_errors(kind: type[errors.UnblockedError] = errors.UnblockedError) -> Iterator[type[errors.UnblockedError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from all_errors(below)


@pytest.mark.parametrize("kind", sorted(set(all_errors()), key=str))
def test_every_error_has_its_own_row(kind: type[errors.UnblockedError]) -> None:
    if kind.__module__ == "app.errors":
        assert kind in ERROR_TABLE


def test_a_class_without_a_row_gets_that_of_the_class_above() -> None:
    class NewRefusal(errors.QueueFullError):
        pass

    assert http_error_of(NewRefusal("x")) == ERROR_TABLE[errors.QueueFullError]


def test_codes_tell_server_errors_apart() -> None:
    codes = [row.code for row in ERROR_TABLE.values() if row.status >= 500]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(("after_s", "header"), [(0, "1"), (0.2, "1"), (1.5, "2"), (1e9, "3600"), (-5, "1")])
def test_a_refusal_says_in_whole_seconds_when_to_come_back(after_s: float, header: str) -> None:
    assert error_headers(errors.QueueFullError("full", retry_after_s=after_s))["Retry-After"] == header


def test_draining_asks_the_client_to_reconnect_elsewhere() -> None:
    assert error_headers(errors.DrainingError("bye"))["Connection"] == "close"
    assert "Retry-After" not in error_headers(errors.EngineError("x"))


@pytest.mark.parametrize("char", ["a", "é", "中", "🎉", '"', "\x00", "\ud800"])
def test_an_error_is_never_longer_than_4_kb_twice(char: str) -> None:
    error = errors.InvalidRequestError(char * 100_000, param=char * 100_000)
    assert len(error_bytes(error)) <= 6144
    if char in "aé中🎉":
        assert len(error_bytes(error)) <= 4096


def test_an_invalid_requests_own_code_wins_over_the_tables() -> None:
    assert error_object(errors.InvalidRequestError("x", code="special"))["error"]["code"] == "special"
    assert error_object(errors.ModelNotFoundError(served="m"))["error"]["code"] == "model_not_found"
