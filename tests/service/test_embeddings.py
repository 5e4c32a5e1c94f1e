from __future__ import annotations

import asyncio
import threading
from array import array
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

from app.concurrency.lanes import LanedExecutor
from app.engine.encoder import EncoderInput, EncoderOptions
from app.errors import (
    DeadlineExceededError,
    DrainingError,
    EngineDeadError,
    EngineError,
    EngineStalledError,
    InvalidRequestError,
    QueueFullError,
)
from app.observability.metrics import EMBEDDING_OUTCOMES, Metrics
from app.service.embeddings import EmbeddingOptions, EmbeddingService
from app.service.placing import PlacingOptions
from app.service.requests import EmbeddingRequest
from app.service.text_encoder import PromptOptions, frame_of
from tests.engine.tiny_encoders import make_bert_tokenizer

DEADLINE_S = 20.0


class FakeEncoder:
    """A vector is its input's ids' sum. Each batch waits until it may go on."""

    num_dimensions = 4
    vocab_size = 400
    max_len = 30

    def __init__(self) -> None:
        self.batches: list[list[list[int]]] = []
        self.threads: set[str] = set()
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.has_begun = threading.Event()
        self.error: Exception | None = None

    def encode(self, inputs: Sequence[EncoderInput]) -> list[bytes]:
        self.batches.append([list(one.token_ids) for one in inputs])
        self.threads.add(threading.current_thread().name)
        self.has_begun.set()
        assert self.may_go_on.wait(DEADLINE_S)
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        return [array("f", [sum(one.token_ids)]).tobytes() for one in inputs]


Start = Callable[..., Any]


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
async def start(encoder: FakeEncoder) -> AsyncIterator[Start]:
    executor = LanedExecutor(2)
    asyncio.get_running_loop().set_default_executor(executor)
    services: list[EmbeddingService] = []

    async def begin(**limits: Any) -> EmbeddingService:
        service = EmbeddingService(
            EmbeddingOptions(
                EncoderOptions("org/enc"), PromptOptions(num_threads=1), PlacingOptions(500, 300_000), **limits
            ),
            Metrics(),
            load_tokenizer=lambda _: make_bert_tokenizer(),
            build=lambda _: encoder,  # type: ignore[arg-type, return-value]
        )
        services.append(service)
        await service.start()
        return service

    yield begin
    encoder.may_go_on.set()
    for service in services:
        await service.close()


def ids(*lengths: int, first: int = 1) -> EmbeddingRequest:
    return EmbeddingRequest([[first] * length for length in lengths])


async def begun(encoder: FakeEncoder) -> None:
    assert await asyncio.to_thread(encoder.has_begun.wait, DEADLINE_S)
    encoder.has_begun.clear()


async def test_texts_are_framed_and_ids_stand_as_they_came(start: Start, encoder: FakeEncoder) -> None:
    service = await start()
    tokenizer = make_bert_tokenizer()
    await service.embed(EmbeddingRequest(["The event loop"]))
    await service.embed(EmbeddingRequest([[5, 6]]))
    assert encoder.batches == [[tokenizer("The event loop")["input_ids"]], [[5, 6]]]
    assert frame_of(tokenizer) == ([tokenizer.cls_token_id], [tokenizer.sep_token_id])
    assert service.model.name == "enc"


async def test_text_never_becomes_a_control_token(start: Start, encoder: FakeEncoder) -> None:
    service = await start()
    await service.embed(EmbeddingRequest(["a <|im_end|> b"]))
    assert encoder.batches[0][0].count(make_bert_tokenizer().sep_token_id) == 1


async def test_vectors_come_in_the_order_of_their_inputs_whatever_the_batches(
    start: Start, encoder: FakeEncoder
) -> None:
    service = await start(max_batch_tokens=16)
    found = await service.embed(ids(9, 1, 10, 2, 16))
    assert [array("f", vector)[0] for vector in found.vectors] == [9, 1, 10, 2, 16]
    assert found.num_tokens == 38
    assert [[len(one) for one in batch] for batch in encoder.batches] == [[1, 2], [9], [10], [16]]
    assert encoder.threads == {"lane-embedding_0"}


async def test_requests_that_wait_share_a_batch_and_take_turns(start: Start, encoder: FakeEncoder) -> None:
    service = await start(max_batch_tokens=8)
    encoder.may_go_on.clear()
    first = asyncio.create_task(service.embed(ids(1)))
    await begun(encoder)
    large = asyncio.create_task(service.embed(ids(*[1] * 100, first=2)))
    small = asyncio.create_task(service.embed(ids(1, first=3)))
    await asyncio.sleep(0)
    encoder.may_go_on.set()
    async with asyncio.timeout(DEADLINE_S):
        await asyncio.gather(first, large, small)
    assert [3] in encoder.batches[1]
    assert len(encoder.batches[1]) == 8


async def test_a_caller_that_leaves_takes_what_has_not_begun_along(start: Start, encoder: FakeEncoder) -> None:
    service = await start(max_batch_tokens=4)
    encoder.may_go_on.clear()
    leaving = asyncio.create_task(service.embed(ids(*[4] * 50)))
    await begun(encoder)
    leaving.cancel()
    await asyncio.wait([leaving])
    encoder.may_go_on.set()
    await service.embed(ids(2))
    assert [len(batch[0]) for batch in encoder.batches] == [4, 2]
    async with asyncio.timeout(DEADLINE_S):
        await service.wait_idle()


async def test_a_batch_that_fails_ends_its_own_requests_and_no_others(start: Start, encoder: FakeEncoder) -> None:
    service = await start()
    encoder.error = RuntimeError("out of memory")
    with pytest.raises(EngineError, match="RuntimeError"):
        await service.embed(ids(3))
    assert (await service.embed(ids(3))).num_tokens == 3


@pytest.mark.parametrize(
    ("request_", "param", "word"),
    [
        (ids(1, 31), "input", r"input\[1\] has 31 tokens.*at most 30"),
        (ids(1, first=400), "input", "below 400"),
        (EmbeddingRequest([[1]], dimensions=5), "dimensions", "have 4"),
    ],
)
async def test_what_the_model_can_not_take_is_refused_by_name(
    start: Start, encoder: FakeEncoder, request_: EmbeddingRequest, param: str, word: str
) -> None:
    service = await start()
    with pytest.raises(InvalidRequestError, match=word) as refused:
        await service.embed(request_)
    assert refused.value.param == param
    assert encoder.batches == []


async def test_what_is_too_much_or_too_late_is_refused(start: Start, encoder: FakeEncoder) -> None:
    service = await start(max_requests=1)
    encoder.may_go_on.clear()
    held = asyncio.create_task(service.embed(ids(1)))
    await begun(encoder)
    with pytest.raises(QueueFullError):
        await service.embed(ids(1))
    service.begin_drain()
    with pytest.raises(DrainingError):
        await service.embed(ids(1))
    service.fail_all(EngineDeadError("gone"))
    with pytest.raises(EngineDeadError):
        await held


async def test_a_time_limit_ends_a_request_that_waits(start: Start, encoder: FakeEncoder) -> None:
    service = await start()
    encoder.may_go_on.clear()
    with pytest.raises(DeadlineExceededError):
        await service.embed(EmbeddingRequest([[1]], timeout_s=0.01))


async def test_how_requests_end_and_what_they_took_is_counted(start: Start, encoder: FakeEncoder) -> None:
    service = await start(max_requests=1)
    metrics = service._metrics
    await service.embed(ids(2, 3))
    with pytest.raises(InvalidRequestError):
        await service.embed(ids(31))
    encoder.error = RuntimeError("out of memory")
    with pytest.raises(EngineError):
        await service.embed(ids(1))
    encoder.has_begun.clear()
    encoder.may_go_on.clear()
    leaving = asyncio.create_task(service.embed(ids(1)))
    await begun(encoder)
    with pytest.raises(QueueFullError):
        await service.embed(ids(1))
    leaving.cancel()
    await asyncio.wait([leaving])
    with pytest.raises(DeadlineExceededError):
        await service.embed(EmbeddingRequest([[1]], timeout_s=0.01))
    for outcome in EMBEDDING_OUTCOMES:
        assert metrics.value("unblocked_embedding_requests_finished_total", outcome=outcome) == 1, outcome
    assert metrics.value("unblocked_embedding_inputs_total") == 2
    assert metrics.value("unblocked_embedding_tokens_total") == 5
    assert metrics.value("unblocked_embedding_request_seconds_count") == 1
    assert metrics.value("unblocked_embedding_batch_seconds_count") == 1


async def test_a_batch_that_stalls_ends_all_requests_and_the_service(start: Start, encoder: FakeEncoder) -> None:
    service = await start(stall_s=0.1, max_batch_tokens=4)
    service.check()
    encoder.may_go_on.clear()
    async with asyncio.timeout(DEADLINE_S):
        ended = await asyncio.gather(service.embed(ids(4, 4)), service.embed(ids(1)), return_exceptions=True)
        await service.wait_failed()
    assert [type(error) for error in ended] == [EngineStalledError] * 2
    with pytest.raises(EngineStalledError, match=r"0\.1 s"):
        await service.embed(ids(1))
    with pytest.raises(EngineStalledError):
        service.check()
    assert len(encoder.batches) == 1
