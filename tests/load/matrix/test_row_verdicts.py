"""The verdicts of the matrix's rows follow from their figures, whatever machine they are from."""

from __future__ import annotations

import pytest

from tests.load.matrix.made_up import MadeUp, agreements

WALL = "time for all tasks"
CPU: MadeUp = {
    (WALL, "inline"): 2.0,
    (WALL, "threads"): 2.0,
    (WALL, "kept pool, map"): 1.0,
    (WALL, "kept pool, imap_unordered"): 1.0,
    (WALL, "a process each, fork"): 1.5,
    (WALL, "a process each, spawn"): 9.0,
    ("time to the first result", "kept pool, imap_unordered"): 0.1,
    ("start of a pool, to its first answer", "fork"): 10.0,
    ("start of a pool, to its first answer", "forkserver"): 50.0,
    ("start of a pool, to its first answer", "spawn"): 100.0,
    ("default start method is fork", "this Python"): (1.0, "fork, Python 3.11"),
}


def test_the_notes_are_right_about_cpu_bound_work_where_processes_are_parallel() -> None:
    assert agreements("cpu_bound", CPU) == ["agrees"] * 6


@pytest.mark.parametrize(
    ("place", "changed", "word"),
    [
        (0, {(WALL, "kept pool, map"): 1.9}, "disagrees"),  # one core
        (1, {(WALL, "threads"): 1.0}, "disagrees"),  # no GIL
        (2, {(WALL, "a process each, fork"): 1.0}, "too simple"),
        (3, {("start of a pool, to its first answer", "spawn"): 5.0}, "disagrees"),
        (4, {("default start method is fork", "this Python"): (0.0, "forkserver, Python 3.14")}, "disagrees"),
        (5, {("time to the first result", "kept pool, imap_unordered"): 0.9}, "disagrees"),
    ],
)
def test_they_are_not_where_the_figures_say_otherwise(place: int, changed: MadeUp, word: str) -> None:
    assert agreements("cpu_bound", {**CPU, **changed})[place] == word


NLP: MadeUp = {
    ("documents to token ids", "inline, encode"): 2.0,
    ("documents to token ids", "threads, encode (holds the GIL)"): 2.0,
    ("documents to token ids", "process pool, pickled"): 1.2,
    ("documents to token ids", "C extension, encode_batch"): 1.0,
    ("matrix to scores", "inline, numpy"): 10.0,
    ("matrix to scores", "process pool, pickled"): 100.0,
    ("matrix to scores", "process pool, shared memory"): 12.0,
}


def test_a_pool_that_pays_more_for_pickling_than_it_gains_makes_the_notes_too_simple() -> None:
    assert agreements("nlp_batch", NLP) == ["too simple", "agrees", "too simple"]
    free = {**NLP, ("documents to token ids", "threads, encode (holds the GIL)"): 1.0}
    assert agreements("nlp_batch", free)[2] == "agrees"


REQUESTS, CPU_EACH = "time for all requests", "client CPU per request"
CRAWL: MadeUp = {
    ("the server's delay", "each"): 0.2,
    (REQUESTS, "aiohttp, one by one", 10): 2.0,
    (REQUESTS, "aiohttp, gather", 10): 0.2,
    (REQUESTS, "aiohttp, gather", 1000): 0.6,
    (REQUESTS, "requests, a thread each", 1000): 2.0,
    (CPU_EACH, "aiohttp, gather", 1000): 0.3,
    (CPU_EACH, "requests, a thread each", 1000): 2.0,
    (REQUESTS, "aiohttp, create_task", 1000): 0.6,
    (REQUESTS, "aiohttp, TaskGroup", 1000): 0.6,
    (REQUESTS, "aiohttp, gather, default limit of 100", 1000): 2.1,
}


def test_a_default_limit_that_makes_many_requests_queue_is_told() -> None:
    assert agreements("crawler", CRAWL) == ["agrees", "too simple", "agrees", "agrees"]
    unlimited = {**CRAWL, (REQUESTS, "aiohttp, gather, default limit of 100", 1000): 0.6}
    assert agreements("crawler", unlimited)[1] == "agrees"


def test_threads_that_are_faster_than_aiohttp_prove_the_notes_wrong() -> None:
    assert agreements("crawler", {**CRAWL, (REQUESTS, "requests, a thread each", 1000): 0.5})[3] == "disagrees"


CALLS, STOP = "time for all calls", "longest stop of the loop"
BLOCKING: MadeUp = {
    ("calls", "each"): 50,
    (STOP, "on the loop"): 5000.0,
    (STOP, "to_thread"): 10.0,
    (CALLS, "to_thread"): 0.9,
    (CALLS, "run_in_executor, own pool"): 0.1,
}


def test_the_default_executors_few_threads_make_to_thread_too_simple() -> None:
    assert agreements("blocking_library", BLOCKING) == ["agrees", "agrees", "too simple"]
    assert agreements("blocking_library", {**BLOCKING, (CALLS, "to_thread"): 0.1})[2] == "agrees"


SEEN, RATE = "longest stop of the loop, as clients see it", "output tokens a second"
FRONT: MadeUp = {
    (SEEN, "blocking"): 1200.0,
    (SEEN, "offloaded"): 15.0,
    (SEEN, "gil"): 600.0,
    (SEEN, "process"): 4.0,
    (RATE, "batched engine"): 300.0,
    (RATE, "generate(), max_workers=1"): 100.0,
    (RATE, "generate(), max_workers=4"): 105.0,
}


def test_a_call_that_holds_the_gil_and_a_batch_that_is_faster_are_told() -> None:
    assert agreements("async_front", FRONT) == ["agrees", "too simple", "disagrees", "too simple"]
    other = {**FRONT, (SEEN, "gil"): 16.0, (RATE, "generate(), max_workers=4"): 290.0}
    assert agreements("async_front", other) == ["agrees"] * 4


P99, THREADS = "latency, 99th percentile", "threads of the server"
FEW, MANY = "Flask, waitress, its default of 4 threads", "Flask, waitress, 100 threads"
WEB: MadeUp = {
    (P99, FEW, 10): 300.0,
    (P99, FEW, 100): 2500.0,
    (P99, MANY, 10): 110.0,
    (P99, MANY, 1000): 1100.0,
    (P99, "FastAPI, async def", 10): 110.0,
    (P99, "FastAPI, async def", 1000): 800.0,
    (P99, "FastAPI, def", 1000): 2600.0,
    (THREADS, MANY, 1000): 101,
    (THREADS, "FastAPI, async def", 1000): 1,
}


def test_fastapi_wins_by_threads_and_latency_or_not() -> None:
    assert agreements("wsgi_asgi", WEB) == ["too simple", "agrees", "too simple"]
    assert agreements("wsgi_asgi", {**WEB, (P99, MANY, 1000): 700.0})[1] == "disagrees"


WAIT, LOST, DONE = (
    "time until the client has an answer",
    "jobs lost when the process at work is killed",
    "time until the result is there",
)
LOST_ALL = "jobs lost when the whole worker is killed"
JOBS: MadeUp = {
    (WAIT, "in the request"): 2000.0,
    (WAIT, "Celery, files"): 5.0,
    ("steps of progress seen", "Celery, files"): 9,
    (DONE, "Celery, files"): 2.0,
    (DONE, "Celery, files, its process killed"): 4.0,
    (LOST, "Celery, files"): 0,
    (LOST_ALL, "Celery, files"): 0,
    (LOST, "in the request"): 1,
}


@pytest.mark.parametrize(("lost", "lost_all", "word"), [(0, 0, "agrees"), (0, 1, "too simple"), (1, 1, "disagrees")])
def test_a_job_survives_its_process_its_whole_worker_or_neither(lost: int, lost_all: int, word: str) -> None:
    found = agreements("heavy_job", {**JOBS, (LOST, "Celery, files"): lost, (LOST_ALL, "Celery, files"): lost_all})
    assert found == ["agrees", word]
