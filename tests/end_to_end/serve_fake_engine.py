"""Serves an engine that misbehaves: `python -m tests.end_to_end.serve_fake_engine KIND MODEL`, settings as usual.

KIND: "good"; "stuck", its first step never returns; "dying", its second step raises; "unbuilt", it is never built;
"thread", it is good, but a shared thread never returns. With engine_failure=rebuild the second engine is good.
"""

from __future__ import annotations

import asyncio
import dataclasses
import sys
import threading
from dataclasses import fields
from typing import Any

from app import __main__ as command_line
from app import main
from app.concurrency.last_exit import end_process
from app.engine.factory import EngineOptions
from app.engine.protocol import StepOutput
from app.observability.metrics import Metrics
from app.service.service import Service
from app.service.service_options import ServiceOptions
from app.settings import Settings
from tests.service.fake_engine import FakeEngine


class MisbehavingEngine(FakeEngine):
    """Says one letter for as long as it is asked to, unless it does what its kind does."""

    def __init__(self, kind: str) -> None:
        super().__init__([10] * 100_000)
        self.info = dataclasses.replace(self.info, vocab_size=1_000_000, max_model_len=100_000)
        self._kind = kind
        self._num_steps = 0

    def step(self) -> StepOutput:
        self._num_steps += 1
        if self._kind == "stuck" and self._num_steps == 2:
            threading.Event().wait()
        if self._kind == "dying" and self._num_steps == 2:
            raise RuntimeError("boom")
        return super().step()


_PLACES = {"tokenize_thread_min_chars": 500, "tokenize_process_min_chars": 300_000}  # so that nothing is measured


def run(kind: str, model: str) -> int:
    """Serve until the end."""
    settings = Settings(_env_file=None, model=model, port=0)
    kinds = iter([kind, "good"])

    def build(_options: EngineOptions) -> MisbehavingEngine:
        if kind == "unbuilt":
            print("building", flush=True)
            threading.Event().wait()
        return MisbehavingEngine(next(kinds))

    def build_service(settings: Settings, metrics: Metrics) -> Service:
        if kind == "thread":
            asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)
        values: dict[str, Any] = {**dict(settings), "served_model_name": "fake", **_PLACES}
        options = ServiceOptions(**{field.name: values[field.name] for field in fields(ServiceOptions)})
        return Service(options, metrics, build=build)

    return command_line.serve(settings, app=main.create_app(settings, service_factory=build_service))


if __name__ == "__main__":
    sys.exit(end_process(run(*sys.argv[1:])))
