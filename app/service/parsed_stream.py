"""A stream of text with its thoughts and tool calls taken out of it."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from app.service.answer_parser import AnswerParser
from app.service.requests import TextDelta, Usage


class DeltaStream(Protocol):
    """What is parsed: a TextStream or ChoicesStream."""

    @property
    def usage(self) -> Usage: ...

    def __aiter__(self) -> AsyncIterator[TextDelta]: ...

    def abort(self) -> None: ...


class ParsedStream:
    """Parses each answer of a stream by a parser of its own. Thread: the event loop's."""

    def __init__(self, stream: DeltaStream, new_parser: Callable[[], AnswerParser]) -> None:
        self._stream = stream
        self._deltas = aiter(stream)
        self._parsers: defaultdict[int, AnswerParser] = defaultdict(new_parser)

    @property
    def usage(self) -> Usage:
        """The counts so far."""
        return self._stream.usage

    def __aiter__(self) -> ParsedStream:
        return self

    async def __anext__(self) -> TextDelta:
        """Wait for the next delta that says something. Raises, and on cancel: as the stream does."""
        while True:
            delta = self._parse(await anext(self._deltas))
            if delta.text or delta.reasoning or delta.calls or delta.scores or delta.finish_reason:
                return delta

    def abort(self) -> None:
        """Stop the work. Idempotent."""
        self._stream.abort()

    def _parse(self, delta: TextDelta) -> TextDelta:
        parser = self._parsers[delta.index]
        parsed = parser.push(delta.text, is_last=delta.finish_reason is not None)
        is_call = delta.finish_reason == "stop" and parser.has_calls
        return dataclasses.replace(
            delta,
            text=parsed.content,
            reasoning=parsed.reasoning,
            calls=parsed.calls,
            finish_reason="tool_calls" if is_call else delta.finish_reason,
        )
