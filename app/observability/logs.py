"""Logging set-up: one line per record whatever the record holds, each with the id of the request it belongs to.

The text of an exception that is not ours may hold what a client sent (a KeyError its key, a ValueError its value), so a
traceback names the places and the exceptions' classes; their texts are written at level debug only.
"""

from __future__ import annotations

import logging
import sys
import traceback
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Literal, TextIO

import orjson

from app.errors import UnblockedError

request_id_var: ContextVar[str] = ContextVar("request_id", default="-")

MAX_LINE_CHARS = 16_384
MAX_CAUSES = 8

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def escape(text: str) -> str:
    """Return `text` on one line: control characters, line separators and lone surrogates become escapes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


class _QuietFormatter(logging.Formatter):
    """Writes tracebacks without what a client may have sent."""

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802
        """Return the traceback; of an exception that is not ours only its class, unless everything is logged."""
        if logging.getLogger().isEnabledFor(logging.DEBUG) or ei[1] is None:
            return super().formatException(ei)
        return "".join(_describe(error) for error in _chain(ei[1])).rstrip()

    def message(self, record: logging.LogRecord) -> str:
        """Return what is said; of asyncio's complaints the first line, for the others show the exception's text."""
        text = record.getMessage()
        is_complaint = record.name == "asyncio" and not logging.getLogger().isEnabledFor(logging.DEBUG)
        return text.partition("\n")[0] if is_complaint else text


def _chain(error: BaseException) -> list[BaseException]:
    """Return an exception and what led to it, the first cause first."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain and len(chain) < MAX_CAUSES:
        chain.insert(0, current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return chain


def _describe(error: BaseException) -> str:
    kind = type(error)
    text = f": {error}" if isinstance(error, UnblockedError) else ""
    return "".join(traceback.format_tb(error.__traceback__)) + f"{kind.__module__}.{kind.__qualname__}{text}\n"


class TextFormatter(_QuietFormatter):
    """`2026-01-31T12:00:00 INFO app.api.edge [request id] message`, a traceback folded into the same line."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03d"

    def format(self, record: logging.LogRecord) -> str:
        """Return one line of at most MAX_LINE_CHARS characters."""
        line = f"{self.formatTime(record)} {record.levelname} {record.name} [{request_id_var.get()}] "
        line += self.message(record)
        if record.exc_info:
            line += " | " + self.formatException(record.exc_info)
        return escape(line[:MAX_LINE_CHARS])


class JsonFormatter(_QuietFormatter):
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
            "message": self.message(record)[:MAX_LINE_CHARS],
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
