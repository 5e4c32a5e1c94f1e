"""A service without a model: answers are scripted, and what was asked of it can be looked at."""

from __future__ import annotations

import asyncio
import dataclasses
from array import array
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.errors import DrainingError, UnblockedError
from app.observability.metrics import Metrics
from app.service.requests import ChatRequest, EmbeddingRequest, Embeddings, Readiness, ServedModel, TextDelta, Usage
from app.settings import Settings

MODEL = "tutor"
USAGE = Usage(num_prompt_tokens=7, num_completion_tokens=3, num_cached_tokens=2)


def script(*texts: str) -> list[TextDelta | Exception]:
    """Return an answer in pieces that ends by itself."""
    return [*(TextDelta(text) for text in texts), TextDelta("", finish_reason="stop", usage=USAGE)]


def for_all(steps: Sequence[TextDelta | Exception], num_answers: int) -> list[TextDelta | Exception]:
    """Return a script of one answer for so many; one that names several answers itself stays as it is."""
    if any(isinstance(step, TextDelta) and step.index for step in steps):
        return list(steps)
    return [
        dataclasses.replace(step, index=index) if isinstance(step, TextDelta) else step
        for index in range(num_answers)
        for step in steps
    ]


class FakeTextStream:
    """Plays a script, then waits for ever if the script does not end the answer."""

    def __init__(self, steps: Sequence[TextDelta | Exception]) -> None:
        self._steps = steps
        self.num_aborts = 0
        self.is_finished = False
        self.aborted = asyncio.Event()
        self.is_stuck = asyncio.Event()
        self.usage = dataclasses.replace(USAGE, num_completion_tokens=0)

    async def __aiter__(self) -> AsyncIterator[TextDelta]:
        for step in self._steps:
            await asyncio.sleep(0)
            if isinstance(step, Exception):
                raise step
            num_tokens = self.usage.num_completion_tokens + 1
            self.usage = step.usage or dataclasses.replace(USAGE, num_completion_tokens=num_tokens)
            yield step
        self.is_finished = True
        self.is_stuck.set()
        await asyncio.Event().wait()

    def abort(self) -> None:
        self.num_aborts += 1
        self.aborted.set()


@dataclass
class FakeChat:
    """Opens the scripted answer, or raises what it is told to."""

    steps: Sequence[TextDelta | Exception] = field(default_factory=lambda: script("Hello", ", wörld", "\n!"))
    error: Exception | None = None
    blocks_in_open: bool = False
    requests: list[ChatRequest] = field(default_factory=list)
    streams: list[FakeTextStream] = field(default_factory=list)
    opening: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    open_was_cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    refusal: Exception | None = None
    checks: list[tuple[str, float | None]] = field(default_factory=list)

    def check(self, *, owner: str, timeout_s: float | None) -> None:
        self.checks.append((owner, timeout_s))
        if self.refusal is not None:
            raise self.refusal

    async def open(self, request: ChatRequest) -> FakeTextStream:
        self.requests.append(request)
        self.opening.set()
        if self.blocks_in_open:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.open_was_cancelled.set()
                raise
        if self.error is not None:
            raise self.error
        num_answers = max(1, len(request.prompts)) * request.num_choices
        self.streams.append(FakeTextStream(for_all(self.steps, num_answers)))
        self.opened.set()
        return self.streams[-1]


class FakePrompts:
    """One token a byte."""

    def __init__(self) -> None:
        self.chats: list[dict[str, Any]] = []
        self.error: UnblockedError | None = None

    async def encode_chat(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        template_kwargs: Mapping[str, Any] | None = None,
        add_generation_prompt: bool = True,
    ) -> list[int]:
        if self.error is not None:
            raise self.error
        self.chats.append({"messages": messages, "tools": tools, "add_generation_prompt": add_generation_prompt})
        return [token_id for message in messages for token_id in (message["content"] or "").encode()]

    async def encode_texts(self, texts: Sequence[str]) -> list[list[int]]:
        return [list(text.encode()) for text in texts]

    async def encode_prompts(self, texts: Sequence[str]) -> list[list[int]]:
        return [[1, *text.encode()] for text in texts]

    async def decode(self, token_ids: Sequence[int]) -> str:
        return bytes(token_ids).decode()


class FakeEmbeddings:
    """Every vector begins with its input's length; the bytes of 32-bit floats."""

    def __init__(self) -> None:
        self.model = ServedModel(name="embedding", created_s=1_700_000_000, max_model_len=64, engine_kind="embedding")
        self.requests: list[EmbeddingRequest] = []

    async def embed(self, request: EmbeddingRequest) -> Embeddings:
        self.requests.append(request)
        vectors = [array("f", [len(one), 0.1, -0.25]).tobytes() for one in request.inputs]
        return Embeddings(vectors, num_tokens=sum(map(len, request.inputs)))


class FakeService:
    """Implements what app.api.service_protocol asks for."""

    def __init__(self) -> None:
        self.model = ServedModel(name=MODEL, created_s=1_700_000_000, max_model_len=1024, engine_kind="batched")
        self.chat = FakeChat()
        self.prompts = FakePrompts()
        self.embeddings: FakeEmbeddings | None = None
        self.state = Readiness(is_ready=True)
        self.calls: list[str] = []
        self.drained = asyncio.Event()
        self.drained.set()

    def readiness(self) -> Readiness:
        return self.state

    async def start(self) -> None:
        self.calls.append("start")

    def begin_drain(self) -> None:
        self.calls.append("begin_drain")
        self.state = Readiness(is_ready=False, reason="draining")
        self.chat.error = DrainingError("the server is shutting down")

    async def drain(self, timeout_s: float) -> None:
        self.calls.append("drain")
        await self.drained.wait()

    async def wait_failed(self) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.calls.append("close")


def make_factory(service: FakeService) -> Any:
    """Return a service factory for create_app."""

    def build(_settings: Settings, _metrics: Metrics) -> FakeService:
        return service

    return build
