"""What the HTTP edge needs of the service, and nothing more: tests put fakes here, and forks another service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

from fastapi import Request

from app.errors import ModelNotFoundError
from app.service.requests import ChatRequest, EmbeddingRequest, Embeddings, Readiness, ServedModel, TextDelta, Usage


class TextStreamLike(Protocol):
    """An accepted request's answer. Whoever opened it must call `abort` at the end, finished or not."""

    @property
    def usage(self) -> Usage:
        """The counts so far, of all answers together."""

    def __aiter__(self) -> AsyncIterator[TextDelta]: ...

    def abort(self) -> None:
        """Stop the work and free what it holds. Idempotent; does nothing to a finished answer."""


class ChatLike(Protocol):
    """Makes chat completions."""

    def check(self, *, owner: str, timeout_s: float | None) -> None:
        """Raise what even the smallest request would be refused with now: RefusedError, EngineDeadError."""

    async def open(self, request: ChatRequest) -> TextStreamLike:
        """Accept a request. Raises: InvalidRequestError, RefusedError, EngineError, before any of the answer."""


class PromptsLike(Protocol):
    """Turns texts and messages into token ids and back."""

    async def encode_chat(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        template_kwargs: Mapping[str, Any] | None = None,
        add_generation_prompt: bool = True,
    ) -> list[int]: ...

    async def encode_texts(self, texts: Sequence[str]) -> list[list[int]]: ...

    async def encode_prompts(self, texts: Sequence[str]) -> list[list[int]]: ...

    async def decode(self, token_ids: Sequence[int]) -> str: ...


class EmbeddingsLike(Protocol):
    """Makes vectors of texts."""

    @property
    def model(self) -> ServedModel: ...

    async def embed(self, request: EmbeddingRequest) -> Embeddings:
        """Raises: InvalidRequestError, RefusedError, DeadlineExceededError, EngineError."""


class ServiceLike(Protocol):
    """One served model, from start to close."""

    @property
    def model(self) -> ServedModel: ...
    @property
    def chat(self) -> ChatLike: ...
    @property
    def prompts(self) -> PromptsLike: ...
    @property
    def embeddings(self) -> EmbeddingsLike | None:
        """None where no embedding model is configured."""

    def readiness(self) -> Readiness: ...
    def begin_drain(self) -> None: ...
    async def start(self) -> None: ...
    async def drain(self, timeout_s: float) -> None: ...
    async def wait_failed(self) -> None: ...
    async def close(self) -> None: ...


async def service_of(request: Request) -> ServiceLike:
    """Return the service that this process runs (a FastAPI dependency).

    Awaits nothing, and is a coroutine all the same: FastAPI runs a plain def in a thread, once for every request.
    """
    service: ServiceLike = request.app.state.service
    return service


def check_model(name: str | None, served: ServedModel) -> None:
    """Raises: ModelNotFoundError, if a model is named that is not the one served here."""
    if name is not None and name != served.name:
        raise ModelNotFoundError(served=served.name)
