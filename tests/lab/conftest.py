"""A tiny tokenizer file, as a model would bring one."""

from __future__ import annotations

import pytest

from tests.tiny_tokenizer import byte_level_tokenizer


@pytest.fixture(scope="session")
def tokenizer_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Path of a byte-level BPE tokenizer."""
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    byte_level_tokenizer().save(str(path))
    return str(path)
