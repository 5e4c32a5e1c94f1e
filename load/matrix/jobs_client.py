"""The client of the heavy job's application: it submits, and asks again and again how far the job is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

DEADLINE_S = 60.0
_POLL_S = 0.02


class JobFailedError(Exception):
    """The job has ended without a result; the message says why."""


Watch = Callable[[dict[str, Any]], object]


def submit(client: httpx.Client, size: dict[str, int]) -> str:
    """The id of a new job."""
    return str(client.post("/jobs", params=size).raise_for_status().json()["id"])


def finished(client: httpx.Client, job_id: str, watch: Watch, deadline_s: float = DEADLINE_S) -> int:
    """Ask until the job is done and return its result; show `watch` every progress. Raises: as `until`."""
    return int(until(client, job_id, "SUCCESS", watch, deadline_s)["result"])


def until(
    client: httpx.Client,
    job_id: str,
    state: str,
    watch: Watch = lambda progress: None,
    deadline_s: float = DEADLINE_S,
) -> dict[str, Any]:
    """Ask, once at least, until the job is in this state. Raises: TimeoutError, JobFailedError."""
    deadline = time.monotonic() + deadline_s
    while True:
        seen: dict[str, Any] = client.get(f"/jobs/{job_id}").raise_for_status().json()
        if seen["state"] == "PROGRESS":
            watch(seen["progress"])
        if seen["state"] == state:
            return seen
        if seen["state"] == "FAILURE":
            raise JobFailedError(seen["error"])
        if time.monotonic() >= deadline:
            raise TimeoutError(f"job {job_id} is {seen['state']} after {deadline_s:g} s")
        time.sleep(_POLL_S)
