"""The verdicts of the overhead table and of the traps follow from their figures."""

from __future__ import annotations

import pytest

from tests.load.matrix.made_up import MadeUp, agreements

MEMORY = "memory of one that waits"
SMALL: MadeUp = {
    (MEMORY, "coroutine"): 1.0,
    (MEMORY, "thread"): 14.0,
    (MEMORY, "thread, 200 calls deep"): 300.0,
    (MEMORY, "process, spawn, bare"): 10_000.0,
    (MEMORY, "process, spawn, torch"): 150_000.0,
}


def test_threads_and_processes_that_are_smaller_than_said_make_the_notes_too_simple() -> None:
    assert agreements("footprints", SMALL) == ["agrees", "too simple", "too simple"]
    as_said = {**SMALL, (MEMORY, "thread"): 1000.0, (MEMORY, "process, spawn, bare"): 100_000.0}
    assert agreements("footprints", as_said) == ["agrees"] * 3


SWITCH, MADE = "one switch", "made, run and ended"
HANDED = "work handed over and the result back"
COSTS: MadeUp = {
    (SWITCH, "coroutine"): 1.0,
    (SWITCH, "thread"): 5.0,
    (SWITCH, "process"): 10.0,
    (HANDED, "thread, to_thread"): 60.0,
    (HANDED, "process, ProcessPoolExecutor"): 200.0,
    (MADE, "thread"): 50.0,
    (MADE, "process, fork"): 1000.0,
    (MADE, "process, spawn"): 50_000.0,
}


@pytest.mark.parametrize(
    ("coroutine", "thread", "process", "word"),
    [(1, 5, 10, "agrees"), (1, 5, 5, "too simple"), (9, 5, 10, "disagrees")],
)
def test_the_order_of_the_switches_is_as_it_was_measured(
    coroutine: float, thread: float, process: float, word: str
) -> None:
    changed: MadeUp = {(SWITCH, "coroutine"): coroutine, (SWITCH, "thread"): thread, (SWITCH, "process"): process}
    assert agreements("switching", {**COSTS, **changed}) == [word, "agrees"]


@pytest.mark.parametrize(("threads", "word"), [(400, "agrees"), (5000, "too simple")])
def test_a_host_that_sustains_thousands_of_threads_makes_hundreds_too_simple(threads: float, word: str) -> None:
    counts: MadeUp = {
        ("how many at once", "coroutines"): 200_000,
        ("how many at once", "threads"): (threads, "no error"),
        ("how many at once", "processes"): 200,
        ("CPU-bound tasks a second", "1 x the cores"): 100.0,
        ("CPU-bound tasks a second", "8 x the cores"): 105.0,
    }
    assert agreements("ceilings", counts) == ["agrees", word, "agrees"]


def test_pickling_that_costs_nothing_proves_the_notes_wrong() -> None:
    trip, pickled = "handed over and the same back", "pickled and unpickled"
    made_up: MadeUp = {
        (trip, "to a process", 1): 200.0,
        (trip, "to a process", 1000): 20_000.0,
        (trip, "to a thread", 1000): 30.0,
        (pickled, "list of dicts", 1000): 8000.0,
        (pickled, "numpy array", 1000): 100.0,
    }
    assert agreements("pickling", made_up) == ["agrees"]
    assert agreements("pickling", {**made_up, (trip, "to a process", 1000): 210.0}) == ["disagrees"]


@pytest.mark.parametrize("name", ["unguarded_main", "fork_after_threads", "lost_context"])
@pytest.mark.parametrize(("trap", "mended", "word"), [(0, 1, "agrees"), (1, 1, "disagrees"), (0, 0, "disagrees")])
def test_a_trap_is_one_if_it_fails_and_works_when_mended(name: str, trap: float, mended: float, word: str) -> None:
    figures: MadeUp = {("works", "trap"): (trap, "Error: why"), ("works", "mended"): mended}
    assert agreements(f"traps.{name}", figures) == [word]


@pytest.mark.parametrize(("works", "word"), [(0, "disagrees"), (1, "agrees")])
def test_the_advice_to_spawn_in_a_notebook_is_judged_by_whether_it_works(works: float, word: str) -> None:
    figures: MadeUp = {
        ("works", "spawn, function in a cell"): works,
        ("works", "spawn, function in a file"): 1,
        ("works", "fork, function in a cell"): 1,
    }
    assert agreements("traps.notebook", figures) == [word, "agrees", "too simple"]


def test_the_loop_must_have_stood_for_the_calls_whole_time() -> None:
    stop = "longest stop of the loop"
    assert agreements("traps.blocking_requests", {(stop, "trap"): 201.0, (stop, "mended"): 5.0}) == ["agrees"]
    assert agreements("traps.blocking_requests", {(stop, "trap"): 5.0, (stop, "mended"): 5.0}) == ["disagrees"]


def test_threads_beyond_the_permits_are_counted_against_to_thread() -> None:
    running = "threads that work where 1 is allowed"
    assert agreements("traps.uncancelled_await", {(running, "trap"): 3, (running, "mended"): 1}) == ["disagrees"]
    assert agreements("traps.uncancelled_await", {(running, "trap"): 1, (running, "mended"): 1}) == ["agrees"]
