"""A heavy job beyond the request: Celery's prefork workers on a real broker, against doing it in the request.

The applications to copy are `celery_app.py` and `jobs_app.py`. The broker is the Redis that MATRIX_REDIS names, as in
redis://127.0.0.1:6379/0, or else files in a folder.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import httpx

from load.matrix.celery_worker import broker, kill_all, worker
from load.matrix.experiment import Agreement, Experiment, Verdict, verdict
from load.matrix.figures import Figure, Figures
from load.matrix.jobs_client import DEADLINE_S, JobFailedError, finished, submit, until
from load.matrix.scale import Scale
from load.matrix.served import served

_WAIT = "time until the client has an answer"
_LOST = "jobs lost when the process at work is killed"
_STEPS = "steps of progress seen"
_DONE = "time until the result is there"
_LOST_ALL = "jobs lost when the whole worker is killed"
_REQUEST = "in the request"
# Redis gives a job of a vanished worker out again after its visibility timeout, here 4 s.
_REDELIVERY_S = 20.0
_TINY = {"num_parts": 1, "part_size": 1}


def measure(scale: Scale) -> list[Figure]:
    size = {"num_parts": scale.pick(25, 40), "part_size": scale.pick(400_000, 100_000)}
    with (
        broker() as name,
        served("load.matrix.jobs_app") as server,
        httpx.Client(base_url=server.url, timeout=DEADLINE_S) as client,
    ):
        way = f"Celery, {name}"
        tiny_id = submit(client, _TINY)  # before there is a worker: who is first declares the queue
        with worker() as first:
            finished(client, tiny_id, lambda seen: None)
            began = time.perf_counter()
            expected = client.post("/reports", params=size).raise_for_status().json()
            figures = [Figure(_WAIT, _REQUEST, (time.perf_counter() - began) * 1000, "ms")]
            figures += _undisturbed(client, way, size, expected)
            figures += _killed_process(client, way, size, expected)
            lost_id = submit(client, size)
            until(client, lost_id, "PROGRESS")
            kill_all(first)
        with worker():
            figures += _killed_worker(client, way, lost_id, expected)
        return [*figures, *_killed_server(client, server.pid, size)]


def _undisturbed(client: httpx.Client, way: str, size: dict[str, int], expected: int) -> Iterator[Figure]:
    seen: set[int] = set()
    began = time.perf_counter()
    job_id = submit(client, size)
    yield Figure(_WAIT, way, (time.perf_counter() - began) * 1000, "ms")
    assert finished(client, job_id, lambda progress: seen.add(progress["done"])) == expected
    yield Figure(_DONE, way, time.perf_counter() - began, "s")
    yield Figure(_STEPS, way, len(seen), "steps", note=f"of {size['num_parts']}")


def _killed_process(client: httpx.Client, way: str, size: dict[str, int], expected: int) -> Iterator[Figure]:
    """SIGKILL to the prefork process that does the job, as the system sends it when memory runs out."""
    workers: list[int] = []

    def kill_the_first(progress: dict[str, int]) -> None:
        if not workers:
            os.kill(progress["pid"], signal.SIGKILL)
        workers.append(progress["pid"])

    began = time.perf_counter()
    try:
        lost = finished(client, submit(client, size), kill_the_first) != expected
        note = "killed after its first part, done again by another" if len(set(workers)) > 1 else "no second process"
    except (TimeoutError, JobFailedError) as error:
        lost, note = True, str(error)
    yield Figure(_LOST, way, float(lost), "of 1", note=note)
    yield Figure(_DONE, f"{way}, its process killed", time.perf_counter() - began, "s")


def _killed_worker(client: httpx.Client, way: str, job_id: str, expected: int) -> Iterator[Figure]:
    """Another worker has come: does it do the job that the killed one had?"""
    finished(client, submit(client, _TINY), lambda seen: None)
    try:
        lost = finished(client, job_id, lambda seen: None, deadline_s=_REDELIVERY_S) != expected
    except (TimeoutError, JobFailedError):
        lost = True
    yield Figure(_LOST_ALL, way, float(lost), "of 1")


def _killed_server(client: httpx.Client, pid: int, size: dict[str, int]) -> Iterator[Figure]:
    """The same for the job in the request: the server at work is killed. It comes last, for it ends the server."""
    killer = threading.Timer(0.3, os.kill, (pid, signal.SIGKILL))
    killer.start()
    try:
        status = client.post("/reports", params={**size, "num_parts": 10_000}).status_code
        yield Figure(_LOST, _REQUEST, 0.0, "of 1", note=f"answered {status}")
    except httpx.TransportError as error:
        yield Figure(_LOST, _REQUEST, 1.0, "of 1", note=f"{type(error).__name__}: {error}")
    finally:
        killer.join()


def judge(figures: Figures) -> list[Verdict]:
    way = next(f.way for f in figures.all if f.what == _STEPS)
    waited, accepted = figures.of(_WAIT, _REQUEST), figures.of(_WAIT, way)
    lost, lost_in_request = figures.of(_LOST, way), figures.of(_LOST, _REQUEST)
    lost_all = figures.of(_LOST_ALL, way)
    again, usual = figures.of(_DONE, f"{way}, its process killed"), figures.of(_DONE, way)
    return [
        verdict(
            "a heavy job belongs to a worker, not into the request",
            f"{way}: accepted after {accepted:.0f} ms, {figures.of(_STEPS, way):.0f} steps of progress seen, "
            f"result after {usual:.1f} s; in the request the client waits {waited:,.0f} ms",
            holds=accepted < waited,
        ),
        verdict(
            "a job survives its worker",
            f"process killed: {lost:.0f} of 1 lost (done after {again:.1f} s), whole worker: {lost_all:.0f} of 1, "
            f"in the request {lost_in_request:.0f} of 1. Only with acks_late and reject_on_worker_lost: off by default",
            holds=lost + lost_all == 0 < lost_in_request,
            otherwise=Agreement.TOO_SIMPLE if lost < lost_in_request else Agreement.DISAGREES,
        ),
    ]


EXPERIMENT = Experiment("Heavy job beyond the request (Celery)", measure, judge)
