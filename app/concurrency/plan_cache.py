"""Keeps what was measured from one start to the next, a small JSON file for each key; if it can't, it keeps nothing."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import tempfile
from pathlib import Path
from typing import Any

from app.concurrency.host import cpu_quota

logger = logging.getLogger(__name__)


class PlanCache:
    """Files in a folder; None: nothing is kept. Thread: any, it reads and writes files."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def load(self, *key: str) -> Any:
        """Return the value that was kept under `key` on a host like this one; None, if there is none to be had."""
        try:
            return None if self._folder is None else json.loads(self._path(self._folder, key).read_text())
        except (OSError, ValueError):
            return None

    def save(self, value: Any, *key: str) -> None:
        """Keep a value. A folder that can't be written is logged and otherwise left alone."""
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(handle, "w") as file:
                json.dump(value, file)
            os.replace(temporary, self._path(self._folder, key))  # readers see the old file or the new one
        except OSError as error:
            logger.info("what was measured is not kept: %s can't be written (%s)", self._folder, type(error).__name__)

    def _path(self, folder: Path, key: tuple[str, ...]) -> Path:
        digest = hashlib.sha256(repr((key, _host())).encode()).hexdigest()
        return folder / f"placement-{digest[:24]}.json"


def _host() -> tuple[str, ...]:
    """What makes hosts alike: a container's name is another one at every start."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return model or platform.processor(), platform.machine(), f"{cpu_quota():g} CPUs", platform.python_version()
