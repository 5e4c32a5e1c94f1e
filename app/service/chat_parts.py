"""What the chat service is built of, as it sees it: tests and the fault injection put others in their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from app.engine.protocol import EngineRequest
from app.service.admission import Permit
from app.service.engine_queue import StartBy, TokenSink, never_late


class EngineLike(Protocol):
    """Where requests run: an EngineRunner, or the EngineSupervisor around it."""

    def check(self) -> None:
        """Raises: EngineDeadError, EngineRestartingError."""

    def submit(
        self, request: EngineRequest, sink: TokenSink, *, owner: str = "", start_by: StartBy = never_late
    ) -> None: ...

    def abort(self, request_id: str) -> None: ...


class AdmissionLike(Protocol):
    """What decides on acceptance: app.service.admission.Admission."""

    @property
    def num_requests(self) -> int: ...

    @property
    def num_tokens(self) -> int: ...

    @property
    def max_requests(self) -> int: ...

    def reserve(self, num_tokens: int, *, owner: str = "") -> Permit: ...

    def check(self, num_tokens: int = 1, *, owner: str = "") -> None: ...

    def num_tokens_ahead(self, num_tokens: int = 0, *, owner: str = "") -> int: ...

    def holds_less(self, owner: str) -> bool: ...

    def retry_after_s(self) -> float: ...


class ChatEncoder(Protocol):
    """Makes a prompt's token ids of messages, or of plain texts."""

    async def encode_prompts(self, texts: Sequence[str]) -> list[list[int]]: ...

    async def encode_chat(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        template_kwargs: Mapping[str, Any] | None = None,
    ) -> list[int]: ...
