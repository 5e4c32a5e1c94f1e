"""What an answer must look like, compiled to a mask over the vocabulary: JSON schemas, regular expressions, grammars.

llguidance does the work: it walks the vocabulary as a tree of bytes, so a mask costs tens of microseconds, and its
limits bound what a hostile grammar can take.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from llguidance import LLMatcher, LLTokenizer
from tokenizers import Tokenizer

from app.concurrency.bounded_threads import BoundedThreads
from app.errors import InvalidRequestError, SequenceFailedError
from app.service.requests import Grammar

_MAX_CACHED = 64
_MAX_WAITING = 64
_MAX_REASON_CHARS = 300
# One blank where JSON may have any number: a small model that may go on with blanks for ever sometimes does.
JSON_OPTIONS = {"whitespace_flexible": True, "whitespace_pattern": "[ ]?"}


class GrammarState:
    """One answer's place in its grammar. Implements app.engine.constraint.TokenConstraint."""

    def __init__(self, matcher: LLMatcher) -> None:
        self._matcher = matcher

    def copy(self) -> GrammarState:
        """Return another answer's state, at the same place."""
        return GrammarState(self._matcher.deep_copy())

    def mask(self) -> bytes:
        """As TokenConstraint. Raises: SequenceFailedError, when the grammar's limits are exceeded."""
        mask = self._matcher.compute_bitmask()
        self._check()
        return mask

    def accept(self, token_id: int) -> None:
        """As TokenConstraint. What comes after the end is not looked at: a request may ask to go on after it."""
        if not self._matcher.is_stopped():
            self._matcher.consume_token(token_id)
            self._check()

    def _check(self) -> None:
        if self._matcher.is_error():
            raise SequenceFailedError(f"the answer's grammar failed: {_reason(self._matcher.get_error())}")


class GrammarCompiler:
    """Compiles grammars on a thread of its own and keeps the latest. Thread: the event loop's."""

    def __init__(self, tokenizer: Tokenizer, *, vocab_size: int, eos_token_ids: Iterable[int]) -> None:
        self._tokenizer_json = tokenizer.to_str()
        self._vocab_size = max(vocab_size, tokenizer.get_vocab_size())
        self._eos_token_ids = sorted(eos_token_ids)
        self._threads = BoundedThreads("grammars", max_workers=1, max_waiting=_MAX_WAITING)
        self._tokenizer: LLTokenizer | None = None  # the thread's: made with the first grammar
        self._compiled: OrderedDict[Grammar, GrammarState] = OrderedDict()  # least recently used first

    async def compile(self, grammar: Grammar) -> GrammarState:
        """Return a state at the beginning of a grammar; it is kept: work with copies.

        Raises: InvalidRequestError, if the grammar is wrong, too large, or asks for what can't be honoured;
        QueueFullError, PoolClosedError.
        """
        if not self._eos_token_ids:
            raise InvalidRequestError(
                "this model has no token that ends an answer, so no answer of it can keep to a form",
                param=grammar.param,
            )
        state = self._compiled.get(grammar)
        if state is None:
            state = await self._threads.run(self._compile, grammar)
        self._compiled[grammar] = state
        self._compiled.move_to_end(grammar)
        if len(self._compiled) > _MAX_CACHED:
            self._compiled.popitem(last=False)
        return state

    def close(self) -> None:
        """Take no more grammars. Idempotent."""
        self._threads.close()

    def _compile(self, grammar: Grammar) -> GrammarState:
        if self._tokenizer is None:
            self._tokenizer = LLTokenizer(self._tokenizer_json, n_vocab=self._vocab_size, eos_token=self._eos_token_ids)
        matcher = LLMatcher(self._tokenizer, _source(grammar), log_level=0)
        if matcher.is_error():
            raise InvalidRequestError(
                f"{grammar.param} can't be honoured: {_reason(matcher.get_error())}", param=grammar.param
            )
        return GrammarState(matcher)


def _source(grammar: Grammar) -> str:
    if grammar.other is None:
        return _plain_source(grammar)
    start = {"lark_grammar": "start: @answer | @other"}
    return json.dumps({"grammars": [start, _part(grammar, "answer"), _part(grammar.other, "other")]})


def _part(grammar: Grammar, name: str) -> dict[str, Any]:
    """A grammar by the name under which others find it; its own rules' names stay its own."""
    if grammar.kind == "lark":
        return {"name": name, "lark_grammar": grammar.source}
    (part,) = json.loads(_plain_source(grammar))["grammars"]
    return {**part, "name": name}


def _plain_source(grammar: Grammar) -> str:
    match grammar.kind:
        case "json_schema":
            return LLMatcher.grammar_from_json_schema(grammar.source, overrides=JSON_OPTIONS)  # type: ignore[arg-type]
        case "regex":
            return LLMatcher.grammar_from_regex(grammar.source)
        case "lark":
            return LLMatcher.grammar_from_lark(grammar.source)


def _reason(error: str) -> str:
    """llguidance's words without its state, which holds the answer's text: they may come to be in a log."""
    return " ".join(error.partition("<state>")[0].split())[:_MAX_REASON_CHARS]
