"""Writes text completions down, the old kind of OpenAI's API that evaluation harnesses use."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from app.api import sse
from app.api.chat_writer import AnswerHead
from app.api.completion_answer import WholeChoice
from app.api.logprob_objects import text_logprobs
from app.errors import UnblockedError
from app.service.requests import ScoredToken, TextDelta, Usage


class TextWriter:
    """Implements completion_answer.AnswerWriter for text completions."""

    def __init__(
        self,
        head: AnswerHead,
        *,
        num_choices: int = 1,
        echoes: Sequence[str] = ("",),
        has_text: bool = True,
        has_usage: bool = False,
        has_logprobs: bool = False,
    ) -> None:
        """echoes: for each prompt what is said before its answers: the prompt, or nothing. has_text: whether what is
        generated is told at all. has_usage: whether a stream ends with the token counts.
        """
        self.num_choices = num_choices
        self._head = head.object("text_completion")
        self._echoes = [echoes[index * len(echoes) // num_choices] for index in range(num_choices)]
        self._has_text = has_text
        self._has_usage = has_usage
        self._has_logprobs = has_logprobs
        self._num_chars = [0] * num_choices  # sent so far

    def opening(self, usage: Usage | None = None) -> bytes:
        """Return nothing: an echo goes with the first piece of text, whose scores are the prompt's."""
        return b""

    def delta(self, delta: TextDelta, usage: Usage | None = None) -> bytes:
        """Return one chunk."""
        choice = WholeChoice()
        choice.take(delta)
        event = {**self._head, "choices": [self._choice(delta.index, choice)]}
        if self._has_usage:
            event["usage"] = None if usage is None else sse.usage_object(usage)
        return sse.event(event)

    def closing(self, usage: Usage | None) -> bytes:
        """Return the chunk with the token counts, if it was asked for, and [DONE]."""
        if not self._has_usage or usage is None:
            return sse.DONE
        return sse.event({**self._head, "choices": [], "usage": sse.usage_object(usage)}) + sse.DONE

    def error(self, error: UnblockedError) -> bytes:
        """Return OpenAI's error object as an event."""
        return sse.error_event(error)

    def whole(self, choices: Sequence[WholeChoice], usage: Usage | None) -> bytes:
        """Return the whole answer as JSON."""
        answer = {**self._head, "choices": [self._choice(index, choice) for index, choice in enumerate(choices)]}
        answer["usage"] = None if usage is None else sse.usage_object(usage)
        return orjson.dumps(answer)

    def _choice(self, index: int, choice: WholeChoice) -> dict[str, object]:
        echo = self._echoes[index] if not self._num_chars[index] else ""
        scores: list[ScoredToken] = choice.prompt_scores + (choice.scores if self._has_text else [])
        text = echo + (choice.text if self._has_text else "")
        logprobs = text_logprobs(scores, num_chars_before=self._num_chars[index]) if self._has_logprobs else None
        self._num_chars[index] += len(text)
        return {
            "index": index,
            "text": text,
            "logprobs": logprobs,
            "finish_reason": choice.finish_reason or None,
        }
