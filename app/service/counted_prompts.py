"""The prompt encoder as the token routes see it: every call counts as accepted work, so a drain waits for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from app.service.admission import Admission


class Encoder(Protocol):
    """What is counted: app.service.prompt.PromptEncoder, or a fake."""

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


class CountedPrompts:
    """Calls through to an encoder under an admission of its own: tokenizing never takes a chat's place.

    Thread: the event loop's. Each call raises what the encoder raises, and QueueFullError, DrainingError.
    """

    def __init__(self, encoder: Encoder, admission: Admission) -> None:
        self._encoder = encoder
        self._admission = admission

    async def encode_chat(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        template_kwargs: Mapping[str, Any] | None = None,
        add_generation_prompt: bool = True,
    ) -> list[int]:
        """As PromptEncoder.encode_chat."""
        with self._counted():
            return await self._encoder.encode_chat(
                messages,
                tools=tools,
                template_kwargs=template_kwargs,
                add_generation_prompt=add_generation_prompt,
            )

    async def encode_texts(self, texts: Sequence[str]) -> list[list[int]]:
        """As PromptEncoder.encode_texts."""
        with self._counted():
            return await self._encoder.encode_texts(texts)

    async def encode_prompts(self, texts: Sequence[str]) -> list[list[int]]:
        """As PromptEncoder.encode_prompts."""
        with self._counted():
            return await self._encoder.encode_prompts(texts)

    async def decode(self, token_ids: Sequence[int]) -> str:
        """As PromptEncoder.decode."""
        with self._counted():
            return await self._encoder.decode(token_ids)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        permit = self._admission.reserve(0)
        try:
            yield
        finally:
            permit.release()
