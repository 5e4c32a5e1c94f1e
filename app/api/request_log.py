"""What is noted about a request while it is served, for its line in the access log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.service.requests import Usage

SCOPE_KEY = "unblocked.request_log"


@dataclass(slots=True)
class RequestLog:
    """One request's notes. Owner: the task that serves the request."""

    request_id: str
    status: int = 0
    usage: Usage | None = None
    outcome: str = ""
    timings_s: dict[str, float] = field(default_factory=dict)  # for Server-Timing, as far as known


def request_log_of(scope: Any) -> RequestLog:
    """Return the notes of the request that `scope` belongs to."""
    notes: RequestLog = scope[SCOPE_KEY]
    return notes
