"""Prompts are the same for everyone, and never twice the same."""

from __future__ import annotations

from load.bench.workload import Workload

WORKLOAD = Workload(num_seqs=3, prompt_len=12, output_len=4, num_rounds=2)


def test_there_is_a_prompt_for_every_client_and_round() -> None:
    prompts = WORKLOAD.prompts(vocab_size=50, seed=1)
    assert [len(prompt) for prompt in prompts] == [12] * 6
    assert all(0 <= token_id < 50 for prompt in prompts for token_id in prompt)


def test_a_seed_gives_the_same_prompts_again_and_another_seed_gives_others() -> None:
    first = WORKLOAD.prompts(vocab_size=50, seed=1)
    assert first == WORKLOAD.prompts(vocab_size=50, seed=1)
    beginnings = [tuple(prompt[:8]) for prompt in first + WORKLOAD.prompts(vocab_size=50, seed=2)]
    assert len(set(beginnings)) == 12
    assert WORKLOAD.texts(seed=1) == WORKLOAD.texts(seed=1) != WORKLOAD.texts(seed=2)


def test_texts_are_as_long_as_prompts() -> None:
    assert [len(text) for text in WORKLOAD.texts(seed=1)] == [12] * 6
