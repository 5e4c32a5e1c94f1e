"""The experiments in the order in which they run and are told: each is the module `load.matrix.<name>`."""

from __future__ import annotations

ROWS = ("cpu_bound", "nlp_batch", "crawler", "blocking_library", "async_front", "wsgi_asgi", "heavy_job")
OVERHEADS = ("footprints", "switching", "ceilings", "pickling")
TRAPS = (
    "traps.pickled_lambda",
    "traps.blocking_requests",
    "traps.unguarded_main",
    "traps.notebook",
    "traps.fork_after_threads",
    "traps.lost_context",
    "traps.uncancelled_await",
)
NAMES = (*ROWS, *OVERHEADS, *TRAPS)
