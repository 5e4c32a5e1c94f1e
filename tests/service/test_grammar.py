"""Grammars over the bundled model's tokenizer: what may come, what is refused, and what a grammar may cost."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from app.errors import InvalidRequestError, SequenceFailedError
from app.service.grammar import GrammarCompiler, GrammarState
from app.service.requests import Grammar

DEADLINE_S = 20
TOKENIZER = Tokenizer.from_file("models/tutor/tokenizer.json")
END = TOKENIZER.get_vocab()["<|im_end|>"]
VOCAB = 4096
CITY = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 8}, "count": {"type": "integer"}},
    "required": ["city", "count"],
    "additionalProperties": False,
}


@pytest.fixture
async def compiler() -> AsyncIterator[GrammarCompiler]:
    made = GrammarCompiler(TOKENIZER, vocab_size=VOCAB, eos_token_ids=[END])
    yield made
    made.close()


async def compiled(compiler: GrammarCompiler, schema: Any) -> GrammarState:
    async with asyncio.timeout(DEADLINE_S):
        return (await compiler.compile(Grammar("json_schema", json.dumps(schema)))).copy()


def allowed(state: GrammarState) -> list[int]:
    bits = np.unpackbits(np.frombuffer(state.mask(), np.uint8), bitorder="little")
    return np.flatnonzero(bits).tolist()


def walk(state: GrammarState, chance: random.Random, *, max_tokens: int = 400) -> str:
    """An answer drawn at random from what is allowed; the end is taken as soon as it may be."""
    token_ids: list[int] = []
    while len(token_ids) < max_tokens:
        choices = allowed(state)
        token_id = END if END in choices else chance.choice(choices)
        state.accept(token_id)
        if token_id == END:
            return TOKENIZER.decode(token_ids)
        token_ids.append(token_id)
    raise AssertionError(f"no end: {TOKENIZER.decode(token_ids)}")


async def test_whatever_is_drawn_is_valid(compiler: GrammarCompiler) -> None:
    state = await compiled(compiler, CITY)
    for seed in range(20):
        value = json.loads(walk(state.copy(), random.Random(seed)))
        assert value.keys() == {"city", "count"}
        assert type(value["count"]) is int
        assert len(value["city"]) <= 8


async def test_only_the_end_may_follow_a_whole_answer(compiler: GrammarCompiler) -> None:
    state = await compiled(compiler, {"const": "x"})
    for token_id in TOKENIZER.encode('"x"').ids:
        state.accept(token_id)
    assert allowed(state) == [END]
    state.accept(END)
    state.accept(END)  # a request may ask to go on after its end


async def test_an_end_inside_an_answer_is_not_allowed(compiler: GrammarCompiler) -> None:
    state = await compiled(compiler, CITY)
    assert END not in allowed(state)


async def test_regular_expressions_and_lark_grammars_are_taken(compiler: GrammarCompiler) -> None:
    for grammar in (Grammar("regex", "[ab]{3}"), Grammar("lark", 'start: "a" B\nB: /[bc]/')):
        text = walk((await compiler.compile(grammar)).copy(), random.Random(1))
        assert set(text) <= set("abc")


@pytest.mark.parametrize(
    "first",
    [
        Grammar("regex", "a/b"),
        Grammar("lark", 'start: one\none: "a/b"'),
        Grammar("json_schema", '{"const": "a/b"}'),
    ],
    ids=lambda grammar: grammar.kind,
)
async def test_one_of_two_grammars_is_matched_by_the_whole_answer(compiler: GrammarCompiler, first: Grammar) -> None:
    either = dataclasses.replace(first, other=Grammar("lark", 'start: one one\none: "<x>"'))
    state = await compiler.compile(either)
    found = {walk(state.copy(), random.Random(seed)).strip('"') for seed in range(20)}
    assert found == {"a/b", "<x><x>"}


async def test_copies_do_not_share_their_place(compiler: GrammarCompiler) -> None:
    grammar = Grammar("regex", "ab")
    first = (await compiler.compile(grammar)).copy()
    first.accept(TOKENIZER.encode("a").ids[0])
    second = (await compiler.compile(grammar)).copy()
    assert allowed(first) != allowed(second)


@pytest.mark.parametrize(
    ("grammar", "reason"),
    [
        (Grammar("json_schema", '{"type": "strange"}'), "strange"),
        (Grammar("json_schema", '{"not": {}}'), "not"),
        (Grammar("json_schema", '{"$ref": "https://example.com/x"}'), "response_format"),
        (Grammar("regex", "(", param="structured_outputs"), "structured_outputs"),
        (Grammar("lark", "start: nothing"), "nothing"),
    ],
)
async def test_what_can_not_be_honoured_is_refused_with_its_reason(
    compiler: GrammarCompiler, grammar: Grammar, reason: str
) -> None:
    with pytest.raises(InvalidRequestError, match=reason) as caught:
        await compiler.compile(grammar)
    assert caught.value.param == grammar.param
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "grammar",
    [
        Grammar("regex", "(a?){5000}" * 20),
        Grammar("regex", "((((a{0,100}){0,100}){0,100}){0,100}){0,100}"),
        Grammar("json_schema", json.dumps({"anyOf": [{"const": f"{i:0200}"} for i in range(250)]})),
        Grammar("lark", "start: " + "(" * 5000 + '"a"' + ")" * 5000),
    ],
    ids=["long", "nested", "wide", "deep"],
)
async def test_a_hostile_grammar_is_refused_or_compiled_within_limits(
    compiler: GrammarCompiler, grammar: Grammar
) -> None:
    async with asyncio.timeout(DEADLINE_S):
        with contextlib.suppress(InvalidRequestError):
            allowed((await compiler.compile(grammar)).copy())


async def test_a_grammar_beyond_its_limits_fails_as_it_takes_a_token_and_tells_nothing_of_the_answer(
    compiler: GrammarCompiler,
) -> None:
    rules = [f'r{i}: "a" r{(i * 7 + 1) % 300}? "b"? r{(i * 11 + 3) % 300}?' for i in range(300)]
    first = f"start: ({'|'.join(f'r{i}' for i in range(300))})"
    state = (await compiler.compile(Grammar("lark", "\n".join([first, *rules])))).copy()
    token_id = TOKENIZER.get_vocab()["ab"]
    state.accept(token_id)
    assert token_id in allowed(state)
    with pytest.raises(SequenceFailedError, match=r"row has .* items") as failed:
        state.accept(token_id)
    assert "Tokens" not in str(failed.value)


async def test_compiled_grammars_are_kept_up_to_a_bound(compiler: GrammarCompiler) -> None:
    first = await compiler.compile(Grammar("regex", "a0"))
    assert await compiler.compile(Grammar("regex", "a0")) is first
    for number in range(1, 65):
        await compiler.compile(Grammar("regex", f"a{number}"))
    assert await compiler.compile(Grammar("regex", "a0")) is not first


async def test_a_model_that_never_ends_is_refused() -> None:
    endless = GrammarCompiler(TOKENIZER, vocab_size=VOCAB, eos_token_ids=[])
    with pytest.raises(InvalidRequestError, match="ends an answer"):
        await endless.compile(Grammar("regex", "a"))
    endless.close()
