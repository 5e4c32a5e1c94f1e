"""The borders between the packages, proved over the syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# package (or module) of app -> what it may import of app, besides itself
ALLOWED: dict[str, set[str]] = {
    "__main__": {"main", "doctor", "settings", "api", "concurrency", "observability", "errors"},
    "doctor": {"main", "settings", "api", "service", "concurrency", "observability", "errors"},
    "main": {"settings", "api", "service", "concurrency", "lab", "observability", "errors"},
    "settings": set(),
    "errors": set(),
    "api": {"service", "observability", "errors", "engine.sampling_params"},
    "service": {"engine", "concurrency", "observability", "errors"},
    "engine": {"observability", "errors"},
    "concurrency": {"observability", "errors"},
    "observability": {"errors"},
    "lab": {"concurrency", "observability", "errors"},
    "web": set(),
}

# package of app -> outside libraries that have no business there
FORBIDDEN: dict[str, set[str]] = {
    "api": {"torch", "transformers", "tokenizers", "numpy"},
    "service": {"fastapi", "starlette", "uvicorn", "pydantic"},
    "engine": {"asyncio", "fastapi", "starlette", "uvicorn", "pydantic"},
    "concurrency": {"torch", "transformers", "tokenizers", "fastapi", "starlette", "uvicorn", "pydantic"},
    "observability": {"torch", "transformers", "tokenizers", "fastapi", "starlette", "uvicorn", "pydantic"},
    "errors": {"torch", "transformers", "fastapi", "starlette", "uvicorn", "pydantic"},
}

# the doors of the engine and of the whole that the benchmarks, and nothing else outside of app, may use
BENCH_ALLOWED = {
    "app.engine.factory",
    "app.engine.protocol",
    "app.engine.sampling_params",
    "app.main",
    "app.observability.metrics",
    "app.service.service",
    "app.service.service_options",
    "app.settings",
}

Import = tuple[str, int]  # dotted module, line


def imports_of(source: str) -> Iterator[Import]:
    """Yield every import of a module, those inside of functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            module = node.module or ""
            # `from app import errors` names its module among the names
            yield from ((f"{module}.{alias.name}" if module == "app" else module, node.lineno) for alias in node.names)


def is_allowed(owner: str, target: str) -> bool:
    """Whether a module of package `owner` may import app.`target`."""
    package = target.partition(".")[0]
    return (
        target == "__version__"
        or package == owner
        or any(target == name or target.startswith(f"{name}.") for name in ALLOWED[owner])
    )


def breaches(path: str, source: str) -> Iterator[str]:
    """Yield each broken rule with its file, line and import. `path` is relative to the repository."""
    parts = Path(path).with_suffix("").parts
    owner = parts[1] if parts[0] == "app" and len(parts) > 1 else parts[0]
    for module, line in imports_of(source):
        top, _, rest = module.partition(".")
        if parts[0] == "app" and owner != "__init__":
            if top == "app" and rest and not is_allowed(owner, rest):
                yield f"{path}:{line} imports {module}: {owner} may not import {rest.partition('.')[0]}"
            if top in FORBIDDEN.get(owner, set()):
                yield f"{path}:{line} imports {module}: {owner} knows no {top}"
            if top in {"models", "load", "tests"}:
                yield f"{path}:{line} imports {module}: the service does not depend on {top}"
        elif parts[:2] == ("load", "bench") and module in BENCH_ALLOWED:
            continue
        elif owner in {"models", "load"} and top == "app":
            yield f"{path}:{line} imports {module}: {owner} knows nothing of the service's inside"


def sources() -> list[Path]:
    found = [path for folder in ("app", "models", "load") for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(found) > 20
    return found


def test_imports_run_downward_only() -> None:
    found = [
        breach
        for path in sources()
        for breach in breaches(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


def test_every_package_has_its_rule() -> None:
    names = {path.stem if path.is_file() else path.name for path in (ROOT / "app").iterdir()}
    assert names - {"__init__", "__pycache__"} == ALLOWED.keys()


def test_the_rules_allow_no_cycle() -> None:
    order: list[str] = []
    left = {owner: {name.partition(".")[0] for name in names} for owner, names in ALLOWED.items()}
    while left:
        free = [owner for owner, names in left.items() if names <= set(order)]
        assert free, f"a cycle among {sorted(left)}"
        order += free
        left = {owner: names for owner, names in left.items() if owner not in free}


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("app/engine/x.py", "import asyncio"),
        ("app/engine/x.py", "from app.service import chat"),
        ("app/api/x.py", "import torch.nn"),
        ("app/api/x.py", "from app.engine.engine import Engine"),
        ("app/api/x.py", "from app.settings import Settings"),
        ("app/service/x.py", "def f():\n    from app.api import edge"),
        ("app/service/x.py", "from app import settings"),
        ("app/concurrency/x.py", "import app.engine.engine"),
        ("app/errors.py", "import torch"),
        ("app/main.py", "import tests.api"),
        ("load/x.py", "from app.errors import UnblockedError"),
        ("load/x.py", "from app.engine.factory import build_engine"),
        ("load/bench/x.py", "from app.engine.llm_engine import LLMEngine"),
    ],
)
def test_a_broken_rule_is_found_and_named(path: str, source: str) -> None:
    (breach,) = breaches(path, source)
    assert breach.startswith(f"{path}:")


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("app/api/x.py", "from app.engine.sampling_params import SamplingParams"),
        ("app/api/x.py", "from app import errors"),
        ("app/main.py", "from app.settings import Settings"),
        ("app/lab/x.py", "import torch"),
        ("load/x.py", "import httpx"),
        ("load/bench/x.py", "from app.engine.factory import build_engine"),
    ],
)
def test_what_is_allowed_is_not_reported(path: str, source: str) -> None:
    assert list(breaches(path, source)) == []


def test_the_tokenizer_workers_cannot_reach_torch() -> None:
    start = "app.service.tokenizer_worker"
    reached, outside = reach(start)
    assert start in reached
    assert outside & {"torch", "transformers", "fastapi", "uvicorn"} == set()


def reach(module: str) -> tuple[set[str], set[str]]:
    """Return the modules of app that importing `module` runs, and the outside libraries that these import."""
    reached: set[str] = set()
    outside: set[str] = set()
    left = [module]
    while left:
        name = left.pop()
        parents = [name.rsplit(".", depth)[0] for depth in range(name.count(".") + 1)]
        path = next((p for p in _paths_of(name) if p.is_file()), None)
        if name in reached or path is None:
            continue
        reached.add(name)
        left += parents
        for target, _ in imports_of(path.read_text(encoding="utf-8")):
            if target.partition(".")[0] == "app":
                left.append(target)
            else:
                outside.add(target.partition(".")[0])
    return reached, outside


def _paths_of(module: str) -> tuple[Path, Path]:
    base = ROOT.joinpath(*module.split("."))
    return base.with_suffix(".py"), base / "__init__.py"
