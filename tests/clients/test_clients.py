"""Other people's clients against a real server with the bundled model: run by `make clients`, which installs them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.server_process import ROOT, ServerProcess, running_server

pytestmark = pytest.mark.clients

BUILT = ROOT / "build" / "clients"
TIME_LIMIT_S = 300


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with running_server(ROOT / "models" / "tutor") as server:
        yield server


def run(*command: str | Path, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr


def test_clients_of_node(server: ServerProcess) -> None:
    run("node", "check.mjs", f"{server.url}/v1", cwd=BUILT / "node")


@pytest.mark.skipif(not (BUILT / "python").exists(), reason="only `make clients` installs them, not CI")
def test_clients_of_python(server: ServerProcess) -> None:
    check = Path(__file__).with_name("check.py")
    run(BUILT / "python" / "bin" / "python", check, f"{server.url}/v1", cwd=ROOT)
