"""Trap: a pool in a notebook. A spawned process can't find what a cell defines; the notes advise to spawn.

A real notebook, run without a browser by nbclient. Its functions live in the kernel's `__main__`, and no file has them.
"""

from __future__ import annotations

import tempfile

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from load.matrix.experiment import Agreement, Experiment, Verdict, verdict
from load.matrix.figures import Figure, Figures
from load.matrix.scale import Scale
from load.matrix.traps.sprung import WORKS, figure

_TIMEOUT_S = 60
_FORK, _SPAWN, _FILE = "fork, function in a cell", "spawn, function in a cell", "spawn, function in a file"

FUNCTION = """
def square(number):
    return number ** 2
"""
# A multiprocessing.Pool would start new processes for ever instead of telling; this pool tells.
POOL = """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

with ProcessPoolExecutor(2, get_context("{method}")) as pool:
    print(list(pool.map(square, range(4))))
"""
_CELLS = {
    _FORK: [FUNCTION, POOL.format(method="fork")],
    _SPAWN: [FUNCTION, POOL.format(method="spawn")],
    _FILE: [f"%%writefile squares.py\n{FUNCTION}", "from squares import square", POOL.format(method="spawn")],
}


def run_notebook(cells: list[str]) -> str:
    """Run the cells in a fresh kernel. Returns what a cell raised, or nothing if all went well."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])  # type: ignore[no-untyped-call]
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(notebook, timeout=_TIMEOUT_S, resources={"metadata": {"path": folder}})
        try:
            client.execute()
        except CellExecutionError as error:
            # What the spawned process printed is in the cell's output if it came in time.
            told = [line for line in _printed(notebook).splitlines() if line.startswith("AttributeError:")]
            return "; ".join([f"{error.ename}: {error.evalue}", *told[:1]])
    return "" if "[0, 1, 4, 9]" in _printed(notebook) else "printed nothing"


def _printed(notebook: NotebookNode) -> str:
    return "".join(output.get("text", "") for cell in notebook.cells for output in cell.outputs)


def measure(scale: Scale) -> list[Figure]:
    ways = scale.pick(list(_CELLS), [_SPAWN, _FILE])
    return [figure(way, run_notebook(_CELLS[way])) for way in ways]


def judge(figures: Figures) -> list[Verdict]:
    spawn, file = figures.find(WORKS, _SPAWN), figures.find(WORKS, _FILE)
    fork = [found for found in figures.all if found.way == _FORK]
    told = f"; {_FORK}: {fork[0].note or 'works'}" if fork else ""
    return [
        verdict("in a notebook: use get_context('spawn')", f"{spawn.note or 'works'}{told}", holds=bool(spawn.value)),
        verdict("... or put it in a .py file", file.note or "works, with spawn too", holds=bool(file.value)),
        *(
            verdict("fork has trouble in a notebook", fork[0].note or "it works here", holds=not fork[0].value,
                    otherwise=Agreement.TOO_SIMPLE)
            for _ in fork
        ),
    ]  # fmt: skip


EXPERIMENT = Experiment("Trap: a pool in a notebook", measure, judge)
