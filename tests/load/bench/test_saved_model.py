"""The random model is a real one: it loads, computes, and its tokenizer has a text for every id."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from load.bench.saved_model import random_model, save_random_model, tokenizer
from load.bench.shapes import SHAPES
from load.bench.workload import Workload

TINY = SHAPES["tiny"]


def test_a_saved_model_loads_with_the_same_weights_and_finite_logits(tmp_path: Path) -> None:
    save_random_model(TINY, tmp_path)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert loaded.dtype == torch.bfloat16
    ids = torch.tensor([[1, 2, 3]])
    with torch.inference_mode():
        logits, expected = loaded(ids).logits, random_model(TINY)(ids).logits
    assert logits.isfinite().all()
    assert torch.equal(logits, expected)
    assert logits[0, 0].unique().numel() > TINY.vocab // 4


def test_a_model_has_an_end_only_if_it_is_asked_for(tmp_path: Path) -> None:
    for has_end in (False, True):
        save_random_model(TINY, tmp_path / str(has_end), has_end=has_end)
        found = GenerationConfig.from_pretrained(tmp_path / str(has_end)).eos_token_id
        assert (found is not None) is has_end


def test_a_prompt_has_a_token_a_character_whatever_the_template_adds(tmp_path: Path) -> None:
    save_random_model(TINY, tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    (text,) = Workload(1, 40, 1).texts(seed=3)
    ids = loaded.apply_chat_template([{"role": "user", "content": text}], add_generation_prompt=True)["input_ids"]
    assert len(ids) == 40


@pytest.mark.parametrize("vocab_size", [512, 4096])
def test_every_id_of_the_vocabulary_has_a_text(vocab_size: int) -> None:
    made = tokenizer(vocab_size)
    assert len(made) == vocab_size
    assert all(made.decode([token_id]) for token_id in range(vocab_size))


def test_a_vocabulary_without_room_for_all_bytes_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 257"):
        tokenizer(256)
