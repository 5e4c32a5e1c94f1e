"""Every experiment runs in its short form, and what does not depend on the machine's speed is as it is said to be.

They run two at a time: nothing here looks at how long anything took.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

import load.matrix
from load.matrix.experiments import NAMES
from load.matrix.figures import Figures
from load.matrix.report import Row
from load.matrix.run import run_experiment
from load.matrix.scale import Scale

Rows = dict[str, Future[Row]]
FILES = Path(load.matrix.__file__).parent


@pytest.fixture(scope="module")
def rows() -> Iterator[Rows]:
    with ThreadPoolExecutor(2) as pool:
        yield {name: pool.submit(run_experiment, name, Scale.SHORT) for name in NAMES}


def _figures(rows: Rows, name: str) -> Figures:
    row = rows[name].result()
    assert not row.failure
    return Figures(row.figures)


def test_the_list_has_every_module_that_is_an_experiment() -> None:
    found = {
        ".".join(path.relative_to(FILES).with_suffix("").parts)
        for path in FILES.rglob("*.py")
        if "\nEXPERIMENT = " in path.read_text(encoding="utf-8")
    }
    assert found == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_short_form_runs_to_its_end_and_judges(rows: Rows, name: str) -> None:
    row = rows[name].result()
    assert not row.failure
    assert row.figures
    assert row.verdicts


def test_an_unpicklable_function_is_told_so(rows: Rows) -> None:
    figures = _figures(rows, "traps.pickled_lambda")
    for way in ("a lambda", "a local function"):
        assert "pickle" in figures.note("works", way)
    assert figures.of("works", "a function of a module, with functools.partial") == 1


def test_asyncios_debug_mode_names_the_call_that_held_the_loop(rows: Rows) -> None:
    figures = _figures(rows, "traps.blocking_requests")
    assert figures.note("longest stop of the loop", "trap").startswith("Executing <Task ...> took")


def test_an_unguarded_main_breaks_its_pool(rows: Rows) -> None:
    figures = _figures(rows, "traps.unguarded_main")
    assert "before the current process has finished its bootstrapping phase" in figures.note("works", "trap")
    assert figures.of("works", "mended") == 1


def test_a_spawned_process_does_not_find_a_notebooks_function_but_a_files(rows: Rows) -> None:
    figures = _figures(rows, "traps.notebook")
    assert "BrokenProcessPool" in figures.note("works", "spawn, function in a cell")
    assert figures.of("works", "spawn, function in a file") == 1


@pytest.mark.parametrize(
    ("name", "message"), [("traps.fork_after_threads", "hangs in acquire()"), ("traps.lost_context", "LookupError: ")]
)
def test_a_trap_fails_with_its_message_and_works_when_mended(rows: Rows, name: str, message: str) -> None:
    figures = _figures(rows, name)
    assert message in figures.note("works", "trap")
    assert figures.of("works", "mended") == 1


def test_cancelled_awaits_leave_their_threads_and_the_mended_ones_do_not(rows: Rows) -> None:
    figures = _figures(rows, "traps.uncancelled_await")
    assert figures.of("threads that work where 1 is allowed", "trap") == 3
    assert figures.of("threads that work where 1 is allowed", "mended") == 1


def test_all_coroutines_wait_at_the_same_time(rows: Rows) -> None:
    assert _figures(rows, "ceilings").of("how many at once", "coroutines") == 20_000


def test_no_job_is_lost_with_its_worker_and_the_one_in_the_request_is(rows: Rows) -> None:
    _holds_what_it_has(rows["heavy_job"].result(), "Redis" if os.environ.get("MATRIX_REDIS") else "files")


@pytest.mark.skipif("MATRIX_REDIS" not in os.environ, reason="the first one ran on files already")
def test_no_job_is_lost_on_files_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MATRIX_REDIS")
    _holds_what_it_has(run_experiment("heavy_job", Scale.SHORT), "files")


def _holds_what_it_has(row: Row, broker: str) -> None:
    figures, way = Figures(row.figures), f"Celery, {broker}"
    assert figures.of("jobs lost when the process at work is killed", way) == 0
    assert "done again by another" in figures.note("jobs lost when the process at work is killed", way)
    assert figures.of("jobs lost when the whole worker is killed", way) == 0
    assert figures.of("jobs lost when the process at work is killed", "in the request") == 1
    assert figures.of("steps of progress seen", way) > 0
