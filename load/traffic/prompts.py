"""The requests of a scenario as bytes. The same seed and number give the same request, no two the same text."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from load.storm import wire
from load.storm.connection import Target
from load.traffic.scenario import Scenario

# fmt: off
_WORDS = (
    "loop", "thread", "process", "memory", "model", "handler", "lock", "client", "door", "answer", "token", "queue",
    "second", "load", "server", "request", "worker", "kernel", "socket", "stream", "batch", "cache", "timer", "signal",
    "buffer", "wait", "run", "call", "hold", "keep", "measure", "count", "send", "read", "open", "close",
    "slow", "fast", "short", "long", "every", "other", "while", "when", "because", "which", "one", "many",
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server understands and how it counts: words of ours to tokens of its, and what its template adds."""

    tokens_per_word: float = 1.0
    extra_tokens: float = 0.0
    can_ignore_eos: bool = True

    def num_words(self, num_tokens: int) -> int:
        return max(1, round((num_tokens - self.extra_tokens) / self.tokens_per_word))


def text(number: str, *, num_words: int, rng: random.Random) -> str:
    """So many words; the first says which request it is, so that no cache answers in the engine's place."""
    return " ".join([f"{number}.", *rng.choices(_WORDS, k=num_words - 1)])


class Prompts:
    """The requests of one run against one server."""

    def __init__(self, target: Target, scenario: Scenario, dialect: Dialect) -> None:
        self._target, self._scenario, self._dialect = target, scenario, dialect

    def raw(self, number: int) -> bytes:
        """The bytes of one request. Costs tens of microseconds: make them before they are due."""
        body = {
            "model": self._target.model,
            "messages": self.messages(number),
            "max_tokens": self.num_output_tokens(number),
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self._dialect.can_ignore_eos:
            body["ignore_eos"] = True
        return wire.post(self._target, "/v1/chat/completions", body)

    def num_output_tokens(self, number: int) -> int:
        """How long the answer is to be."""
        return self._scenario.output_tokens.draw(random.Random(f"{self._scenario.seed} output {number}"))

    def messages(self, number: int) -> list[dict[str, Any]]:
        """The conversation so far: with one turn, a single message."""
        prompt = self._scenario.prompt
        turns, lane = divmod(number, prompt.num_conversations)
        generation, turn = divmod(turns, prompt.num_turns)
        rng = random.Random(f"{self._scenario.seed} prompt {generation} {lane}")
        messages: list[dict[str, Any]] = []
        for place in range(turn + 1):
            if place:
                num_words = self._dialect.num_words(self._scenario.output_tokens.draw(rng))
                messages.append({"role": "assistant", "content": text("So", num_words=num_words, rng=rng)})
            num_words = self._dialect.num_words(prompt.tokens.draw(rng))
            name = f"{self._scenario.seed}-{generation}-{lane}-{place}"
            messages.append({"role": "user", "content": text(name, num_words=num_words, rng=rng)})
        return messages
