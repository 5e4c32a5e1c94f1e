"""Logging set-up: one line per record whatever the record holds, each with the id of the request it belongs to."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from typing import Any, Literal, TextIO

import orjson

request_id_var: ContextVar[str] = ContextVar("request_id", default="-")

MAX_LINE_CHARS = 16_384
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def escape(text: str) -> str:
    """Return `text` on one line: control characters, line separators and lone surrogates become escapes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


class TextFormatter(logging.Formatter):
    """`2026-01-31T12:00:00 INFO app.api.edge [request id] message`, a traceback folded into the same line."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03d"

    def format(self, record: logging.LogRecord) -> str:
        """Return one line of at most MAX_LINE_CHARS characters."""
        line = f"{self.formatTime(record)} {record.levelname} {record.name} [{request_id_var.get()}] "
        line += record.getMessage()
        if record.exc_info:
            line += " | " + self.formatException(record.exc_info)
        return escape(line[:MAX_LINE_CHARS])


class JsonFormatter(logging.Formatter):
    """One JSON object a line; what a call passes as `extra` becomes fields of its own."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03d"

    def format(self, record: logging.LogRecord) -> str:
        """Return one line of JSON; values that JSON does not know are written as their repr."""
        fields: dict[str, Any] = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request_id": request_id_var.get(),
            "message": record.getMessage()[:MAX_LINE_CHARS],
        }
        fields |= {key: value for key, value in vars(record).items() if key not in _STANDARD_FIELDS}
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)[:MAX_LINE_CHARS]
        try:
            return orjson.dumps(fields, default=repr).decode()
        except orjson.JSONEncodeError:  # a lone surrogate somewhere
            return orjson.dumps({key: escape(str(value)) for key, value in fields.items()}).decode()


def set_up_logging(*, level: str, log_format: Literal["text", "json"], stream: TextIO | None = None) -> None:
    """Send every record of the process to `stream` (standard error) in one format, replacing earlier handlers."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("httpx", "httpcore", "asyncio", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
