"""A real server in a process of its own, on a free port, with a small random model."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tests.tiny_tokenizer import make_tokenizer

START_DEADLINE_S = 90
ROOT = Path(__file__).parents[2]


def save_random_model(folder: Path) -> Path:
    """A Llama of random weights that never ends by itself, with a tokenizer: answers are noise, but always the same."""
    tokenizer = make_tokenizer()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        initializer_range=0.3,
        bos_token_id=None,
        eos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


class ServerProcess:
    """One `python -m app serve`. url: where it answers."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.output: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.url = self._wait_for(r"API +(http://\S+)/v1")

    @property
    def pid(self) -> int:
        return self.process.pid

    def children(self) -> list[int]:
        """Process ids of the server's children and theirs."""
        return [child.pid for child in psutil.Process(self.pid).children(recursive=True)]

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Return the exit code; all output has been read then."""
        code = self.process.wait(timeout=60)
        self._reader.join(timeout=60)
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            self._lines.put(line)
        self._lines.put(None)

    def _wait_for(self, pattern: str) -> str:
        while (line := self._lines.get(timeout=START_DEADLINE_S)) is not None:
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError("the server ended before it answered:\n" + "".join(self.output))


@contextmanager
def running_server(model: Path, *, module: str = "app", **settings: object) -> Iterator[ServerProcess]:
    """Start a server on a free port and end it afterwards, by force if need be. module: what takes `serve`."""
    with server_popen([module, "serve", "--port", "0", "--model", str(model)], **settings) as process:
        yield ServerProcess(process)


@contextmanager
def server_popen(module: list[str], **settings: object) -> Iterator[subprocess.Popen[str]]:
    """Start `python -m MODULE ARGUMENTS` and end it afterwards, without waiting until it answers."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UNBLOCKED_")}
    environment |= {f"UNBLOCKED_{name.upper()}": str(value) for name, value in settings.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", *module],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=30)
        assert process.stdout is not None
        process.stdout.close()
