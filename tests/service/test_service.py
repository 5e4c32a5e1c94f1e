"""app/service/service.py put together around a fake engine: what it says of itself, and what a drain waits for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from transformers import LlamaConfig

from app.concurrency.lanes import LanedExecutor
from app.errors import EngineDeadError, EngineStalledError
from app.observability.metrics import Metrics
from app.service.requests import ChatRequest, EmbeddingRequest
from app.service.service import Service
from app.service.service_options import ServiceOptions
from app.settings import Settings
from tests.engine.tiny_encoders import MEAN, save_encoder
from tests.service.fake_engine import FakeEngine
from tests.tiny_tokenizer import make_tokenizer

DEADLINE_S = 60


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like a model's; all that is read of it is the tokenizer."""
    folder = tmp_path_factory.mktemp("model")
    make_tokenizer().save_pretrained(folder)
    LlamaConfig().save_pretrained(folder)
    (folder / "model.safetensors").touch()
    return folder


@asynccontextmanager
async def serving(model: Path, engine: FakeEngine, **settings: Any) -> AsyncIterator[Service]:
    values = dict(Settings(_env_file=None, model=str(model), served_model_name="fake", **settings))
    options = ServiceOptions(**{field.name: values[field.name] for field in fields(ServiceOptions)})
    executor = LanedExecutor(4)
    asyncio.get_running_loop().set_default_executor(executor)
    service = Service(options, Metrics(), build=lambda _options: engine)
    async with asyncio.timeout(DEADLINE_S):
        try:
            yield service
        finally:
            await service.close()
            executor.shutdown()


async def test_it_is_ready_from_its_start_to_its_drain(model: Path) -> None:
    async with serving(model, FakeEngine()) as service:
        assert service.readiness().reason == "starting"
        await service.start()
        assert service.readiness().is_ready
        service.begin_drain()
        assert service.readiness().reason == "draining"


async def test_it_is_not_ready_once_its_engine_is_dead(model: Path) -> None:
    engine = FakeEngine()
    engine.broken = RuntimeError("boom")
    async with serving(model, engine) as service:
        await service.start()
        with pytest.raises(EngineDeadError):
            async for _ in await service.chat.open(ChatRequest("r", [{"role": "user", "content": "hi"}])):
                pass
        assert not service.readiness().is_ready
        await service.wait_failed()


async def test_it_has_failed_once_its_embedding_model_stalls(model: Path, tmp_path: Path) -> None:
    second = save_encoder(tmp_path / "encoder", pooling=MEAN)
    async with serving(model, FakeEngine(), embedding_model=str(second), engine_stall_s=1.0) as service:
        await service.start()
        assert service.embeddings is not None
        may_end = threading.Event()
        stuck: Any = lambda _inputs: may_end.wait(DEADLINE_S)  # noqa: E731
        service.embeddings._encoder.encode = stuck  # type: ignore[method-assign]
        with pytest.raises(EngineStalledError):
            await service.embeddings.embed(EmbeddingRequest([[1]]))
        assert "embedding model" in service.readiness().reason
        await service.wait_failed()
        may_end.set()


async def test_a_drain_waits_for_the_tokenizing_that_is_under_way(model: Path) -> None:
    async with serving(model, FakeEngine(), tokenize_process_min_chars=1) as service:
        await service.start()
        call = asyncio.create_task(service.prompts.encode_texts(["never compute for long"]))
        await asyncio.sleep(0)
        assert not call.done()
        await service.drain(DEADLINE_S)
        assert len(await asyncio.wait_for(call, timeout=0)) == 1
