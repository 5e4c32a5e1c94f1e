from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from app.errors import ModelLoadError
from app.observability.logs import MAX_LINE_CHARS, escape, request_id_var, set_up_logging

NASTY = "a\nb\r\x1b[31m\u2028\u2029\x85\ud800\x00end"


@pytest.fixture(autouse=True)
def same_logging_afterwards() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("httpx", "httpcore", "asyncio", "uvicorn.error")}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


def lines_of(log_format: Literal["text", "json"], *args: Any, **kwargs: Any) -> list[str]:
    stream = io.StringIO()
    set_up_logging(level="info", log_format=log_format, stream=stream)
    logging.getLogger("some.name").info(*args, **kwargs)
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("text", [NASTY, "x" * 1_000_000, "", "中文 🎉"])
def test_a_record_is_one_line_whatever_it_holds(log_format: Literal["text", "json"], text: str) -> None:
    lines = lines_of(log_format, "got %s", text, extra={"field": text[:100]})
    assert len(lines) == 1
    assert len(lines[0]) < 2 * MAX_LINE_CHARS
    lines[0].encode()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_traceback_stays_on_its_line(log_format: Literal["text", "json"]) -> None:
    try:
        raise ValueError(NASTY)
    except ValueError:
        (line,) = lines_of(log_format, "failed", exc_info=True)
    assert "ValueError" in line
    assert "test_logs.py" in line


def traceback_line(log_format: Literal["text", "json"], error: Exception, *, level: str = "info") -> str:
    first = KeyError("canary-cause")
    stream = io.StringIO()
    set_up_logging(level=level, log_format=log_format, stream=stream)
    try:
        try:
            raise first
        except KeyError as cause:
            raise error from cause
    except Exception:
        logging.getLogger("some.name").exception("failed")
    (line,) = stream.getvalue().splitlines()
    return line


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_exceptions_text_may_be_a_clients_and_is_left_out(log_format: Literal["text", "json"]) -> None:
    line = traceback_line(log_format, ValueError("canary"))
    assert line.index("KeyError") < line.index("ValueError")
    assert "canary" not in line


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_our_own_errors_say_what_they_say_and_at_debug_all_do(log_format: Literal["text", "json"]) -> None:
    assert "no weights" in traceback_line(log_format, ModelLoadError("no weights"))
    assert "KeyError: 'canary-cause'" in traceback_line(log_format, ValueError("x"), level="debug")


def test_a_chain_of_causes_that_has_no_end_is_cut() -> None:
    one, other = ValueError("x"), KeyError("y")
    one.__cause__, other.__cause__ = other, one
    stream = io.StringIO()
    set_up_logging(level="info", log_format="text", stream=stream)
    logging.getLogger("some.name").error("failed", exc_info=one)
    assert stream.getvalue().count("ValueError") == 1


def test_asyncios_complaints_do_not_show_an_exceptions_text() -> None:
    stream = io.StringIO()
    set_up_logging(level="info", log_format="text", stream=stream)
    error = ValueError("canary")
    logging.getLogger("asyncio").error(f"Task exception was never retrieved\nfuture: {error!r}", exc_info=error)
    assert "canary" not in stream.getvalue()
    assert "never retrieved" in stream.getvalue()


def test_json_lines_carry_the_request_id_and_extra_fields() -> None:
    token = request_id_var.set("req-1")
    try:
        (line,) = lines_of("json", "served", extra={"status": 200, "odd": object})
    finally:
        request_id_var.reset(token)
    record = json.loads(line)
    assert (record["request_id"], record["message"], record["level"], record["status"]) == (
        "req-1",
        "served",
        "info",
        200,
    )


def test_text_lines_carry_the_request_id() -> None:
    token = request_id_var.set("req-2")
    try:
        (line,) = lines_of("text", "served")
    finally:
        request_id_var.reset(token)
    assert line.endswith("INFO some.name [req-2] served")


def test_lower_levels_are_left_out() -> None:
    stream = io.StringIO()
    set_up_logging(level="warning", log_format="text", stream=stream)
    logging.getLogger("some.name").info("no")
    assert stream.getvalue() == ""


def test_printable_text_is_left_as_it_is() -> None:
    assert escape("plain, é 中 🎉") == "plain, é 中 🎉"
    assert escape("a\nb") == "a\\nb"
