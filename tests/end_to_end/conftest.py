from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.server_process import ServerProcess, running_server, save_random_model


@pytest.fixture(scope="session")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_random_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="package")
def server(random_model: Path) -> Iterator[ServerProcess]:
    """A server that all tests of this folder share which do not end it; those of others find no such process."""
    with running_server(random_model) as server:
        yield server
