"""Several answers as one stream: their deltas mixed as they come, the counts of all at the very end."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence

from app.errors import UnblockedError
from app.service.requests import TextDelta, Usage
from app.service.text_stream import TextStream


class ChoicesStream:
    """An async iterator over the deltas of all streams; no stream gets ahead of another that has news.

    The usage comes with the last delta: each prompt is counted once. An error in one answer ends them all.
    Thread: the event loop's.
    """

    def __init__(self, streams: Sequence[TextStream], *, num_choices: int) -> None:
        """`streams` answer as many prompts as there are groups of num_choices of them, in the prompts' order."""
        self._streams = streams
        self._num_choices = num_choices
        self._open = list(streams)  # in the order of their turns
        self._has_news = asyncio.Event()
        for stream in streams:
            stream.notify(on_news=self._has_news.set)

    def __aiter__(self) -> ChoicesStream:
        return self

    async def __anext__(self) -> TextDelta:
        """Wait for the next delta of any answer. Cancel: nothing is lost; abort is still the caller's to call."""
        while self._open:
            self._has_news.clear()
            delta = self._poll()
            if delta is not None:
                return delta
            await self._has_news.wait()
        raise StopAsyncIteration

    def abort(self) -> None:
        """Stop all answers. Idempotent."""
        for stream in self._streams:
            stream.abort()

    @property
    def usage(self) -> Usage:
        """The counts of all answers so far."""
        usages = [stream.usage for stream in self._streams]
        firsts = usages[:: self._num_choices]
        return Usage(
            num_prompt_tokens=sum(usage.num_prompt_tokens for usage in firsts),
            num_completion_tokens=sum(usage.num_completion_tokens for usage in usages),
            num_cached_tokens=sum(usage.num_cached_tokens for usage in firsts),
        )

    def _poll(self) -> TextDelta | None:
        for stream in list(self._open):
            try:
                delta = stream.poll()
            except UnblockedError as error:
                for other in self._open:
                    other.break_off(error)
                self._open.clear()
                raise
            if delta is None:
                continue
            self._open.remove(stream)
            if delta.finish_reason is None:
                self._open.append(stream)
                return delta
            return dataclasses.replace(delta, usage=None if self._open else self.usage)
        return None
