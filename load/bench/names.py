"""What the ways to serve are called: a short name for tables and JSON, a long one for the picture."""

from __future__ import annotations

ENGINE = "engine"
HTTP = "http"
STATIC = "static batch"
CONTINUOUS = "continuous"

_LONG = {
    ENGINE: "Unblocked, in process",
    HTTP: "Unblocked, over HTTP",
    STATIC: "generate(), one static batch",
    CONTINUOUS: "transformers' continuous batching",
}
_TEXTBOOK = "to_thread x"


def textbook(num_threads: int) -> str:
    """`await asyncio.to_thread(model.generate, ...)` on so many threads."""
    return f"{_TEXTBOOK}{num_threads}"


def long_name(name: str) -> str:
    """The name for people who see nothing else."""
    if name.startswith(_TEXTBOOK):
        return f"to_thread(generate), threads: {name.removeprefix(_TEXTBOOK)}"
    return _LONG.get(name, name)
