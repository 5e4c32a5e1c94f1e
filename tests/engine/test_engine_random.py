"""Random adds, aborts and steps on the real engine: the books stay right and every answer is transformers' own."""

from __future__ import annotations

import functools

from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.llm_engine import LLMEngine
from tests.engine.drive import Drive, greedy_params, make_engine
from tests.engine.references import greedy
from tests.engine.tiny_models import make_prompts

MAX_TOKENS = 12
_LONG = make_prompts([40])[0]
# Some begin alike, so that prefixes are copied and continued.
PROMPTS = [*make_prompts([1, 2, 7, 19, 33], seed=3), _LONG, _LONG[:24], _LONG[:20] + make_prompts([9], seed=4)[0]]

_adds = st.tuples(st.just("add"), st.integers(0, len(PROMPTS) - 1), st.integers(1, MAX_TOKENS))
_aborts = st.tuples(st.just("abort"), st.integers(0, 100), st.just(0))
_steps = st.tuples(st.just("step"), st.integers(1, 6), st.just(0))


@functools.cache
def _engine(kv_cache_max_tokens: int | None) -> LLMEngine:
    """One engine for all examples, so each starts over what the others left in its cache."""
    return make_engine(
        max_num_seqs=3, max_num_batched_tokens=6, max_model_len=64, kv_cache_max_tokens=kv_cache_max_tokens
    )


@given(st.lists(st.one_of(_adds, _adds, _aborts, _steps, _steps), max_size=30), st.sampled_from([None, 64]))
@settings(max_examples=40, deadline=None, derandomize=True, database=None)
def test_random_crowds_get_transformers_answers(
    actions: list[tuple[str, int, int]], kv_cache_max_tokens: int | None
) -> None:
    drive = Drive(_engine(kv_cache_max_tokens))
    expected: dict[str, list[int]] = {}
    for action, number, max_tokens in actions:
        if action == "add":
            name = str(len(drive.answers))
            drive.add(name, PROMPTS[number], greedy_params(max_tokens))
            expected[name] = greedy("llama", PROMPTS[number], MAX_TOKENS)[:max_tokens]
        elif action == "abort" and drive.answers:
            name = str(number % len(drive.answers))
            drive.abort(name)
            if drive.answers[name].finish_reason is None:
                expected.pop(name, None)
        elif action == "step":
            for _ in range(number):
                drive.step()
    answers = drive.finish()
    assert {name: answers[name].token_ids for name in expected} == expected
    assert all(answers[name].finish_reason == "length" for name in expected)
    assert drive.engine.stats().num_running == drive.engine.stats().num_waiting == 0
