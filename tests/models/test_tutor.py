"""The bundled model is whole, small, and answers."""

import json

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from models.recipe.card import HISTORY, render
from models.recipe.evaluate import answer_all
from models.recipe.settings import OUTPUT, STAGES

MAX_WEIGHT_BYTES = 30 * 1024 * 1024


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(OUTPUT)


def test_the_weights_are_small_and_in_bf16() -> None:
    assert (OUTPUT / "model.safetensors").stat().st_size <= MAX_WEIGHT_BYTES
    config = AutoConfig.from_pretrained(OUTPUT)
    assert config.dtype == torch.bfloat16
    assert config.max_position_embeddings >= 1024


@pytest.mark.parametrize(
    "text", ["Hello, wörld! 你好 🙂", "\x00\x01 tabs\tand\nlines  ", "1234567890", "def f(x): return x ** 2"]
)
def test_any_text_survives_encoding(tokenizer: PreTrainedTokenizerBase, text: str) -> None:
    ids = tokenizer.encode(text, add_special_tokens=False)
    assert tokenizer.decode(ids) == text


def test_digits_stand_alone(tokenizer: PreTrainedTokenizerBase) -> None:
    assert len(tokenizer.encode("2026", add_special_tokens=False)) == 4


def test_the_end_of_a_turn_ends_generation(tokenizer: PreTrainedTokenizerBase) -> None:
    generation = json.loads((OUTPUT / "generation_config.json").read_text())
    assert tokenizer.eos_token == "<|im_end|>"
    assert generation["eos_token_id"] == tokenizer.eos_token_id


def test_the_card_is_the_one_of_this_evaluation() -> None:
    result = json.loads((OUTPUT / "evaluation.json").read_text(encoding="utf-8"))
    weights = OUTPUT / "model.safetensors"
    card = render(result, STAGES, weights=weights, history=HISTORY.read_text(encoding="utf-8"))
    assert (OUTPUT / "README.md").read_text(encoding="utf-8") == card


def unseen() -> dict[str, float]:
    result: dict[str, float] = json.loads((OUTPUT / "evaluation.json").read_text(encoding="utf-8"))["not_in_corpus"]
    return result


def test_at_least_85_percent_of_150_unseen_questions_pass() -> None:
    assert unseen()["questions"] >= 150
    assert unseen()["pass_rate"] >= 0.85


def test_it_explains_multiprocessing(tokenizer: PreTrainedTokenizerBase) -> None:
    model = AutoModelForCausalLM.from_pretrained(OUTPUT, dtype=torch.float32).eval()
    question = {"messages": [{"role": "user", "content": "When should I use multiprocessing?"}]}
    [(answer, ended)] = answer_all(model, tokenizer, [question])
    assert ended
    assert "CPU-bound" in answer
    assert "GIL" in answer
