"""Compile the native decoder, once for each instruction set: `python -m app.engine.native.build`.

Any C compiler does: `CC`, or cc, gcc or clang, or the one that PyPI has (`pip install ziglang`). Nothing is compiled
when the service runs; without a build it computes with torch's own operations.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_name("decoder.c")
FOLDER = Path(__file__).with_name("built")
# What each build is compiled for: GCC's and Clang's flag. Elsewhere than on x86 every CPU has the same vectors.
_X86 = {"avx512": "-march=x86-64-v4", "avx2": "-march=x86-64-v3"}
_FLAGS = ("-std=gnu11", "-O3", "-fPIC", "-shared", "-ffp-contract=fast", "-fno-math-errno", "-Wall")


def instruction_sets() -> tuple[str, ...]:
    """The names of the builds for this kind of machine, the fastest first."""
    return tuple(_X86) if platform.machine().lower() in ("x86_64", "amd64") else ("any",)


def path_of(instruction_set: str) -> Path:
    """Where the build for an instruction set lies; it is named for its source, so an old build is never loaded."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]
    return FOLDER / f"decoder-{instruction_set}-{digest}.so"


def compiler() -> list[str] | None:
    """The command of a C compiler, or None."""
    if given := os.environ.get("CC"):
        return shlex.split(given)
    if found := next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None):
        return [found]
    return [sys.executable, "-m", "ziglang", "cc"] if importlib.util.find_spec("ziglang") else None


def build() -> list[Path]:
    """Compile what is not there yet, remove builds of older sources, and return all.

    Raises: RuntimeError, with the compiler's words.
    """
    paths = {name: path_of(name) for name in instruction_sets()}
    FOLDER.mkdir(exist_ok=True)
    for name, path in paths.items():
        if not path.exists():
            compile_for(name, SOURCE, path)
    for stale in set(FOLDER.glob("decoder-*.so")) - set(paths.values()):
        stale.unlink()
    return list(paths.values())


def compile_for(instruction_set: str, source: Path, to: Path) -> None:
    """Compile one build, whole or not at all. Raises: RuntimeError, with the compiler's words."""
    command = compiler()
    if command is None:
        raise RuntimeError("there is no C compiler; install one, or `pip install ziglang`, or set CC")
    architecture = [_X86[instruction_set]] if instruction_set in _X86 else []
    if command[-2:] == ["ziglang", "cc"]:  # it takes another spelling of an architecture's name
        architecture = [flag.replace("-march=x86-64-", "-mcpu=x86_64_") for flag in architecture]
    unfinished = to.with_suffix(f".{os.getpid()}")
    arguments = [*command, *_FLAGS, *architecture, "-o", str(unfinished), str(source), "-lm", "-lpthread"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{shlex.join(arguments)}\n{done.stderr[-4000:]}")
    unfinished.replace(to)


if __name__ == "__main__":
    try:
        for built in build():
            print(f"native decoder: {built.name}")
    except RuntimeError as error:
        sys.exit(f"the native decoder was not built, the engine will use torch's operations: {error}")
