"""The card says what was measured."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from models.recipe.card import num_parameters, render
from models.recipe.settings import STAGES

COUNTS = {"questions": 4, "passed": 3, "pass_rate": 0.75}
RESULT = {
    **COUNTS,
    "not_in_corpus": {"questions": 3, "passed": 2, "pass_rate": 0.6667},
    "in_corpus": ["q1"],
    "shared_5_grams": 0.04,
    "topics": {"gil": COUNTS},
}


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    save_file({"a": torch.zeros(10, 100), "b": torch.zeros(500)}, tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


def test_parameters_are_counted_from_the_file(weights: Path) -> None:
    assert num_parameters(weights) == 1500


def test_the_card_quotes_the_result_and_the_recipe(weights: Path) -> None:
    text = render(RESULT, STAGES, weights=weights)
    assert "**2 of 3 (66.7%) pass**" in text
    assert "3 of 4 (75.0%)" in text
    assert "| gil | 3 / 4 |" in text
    for stage in STAGES:
        assert f"{stage.num_dialogues} distinct conversations" in text
    assert "{" not in text.replace("{...", "")
    assert "made by one run of this command" in text


def test_the_card_tells_how_else_the_weights_came_about(weights: Path) -> None:
    text = render(RESULT, STAGES, weights=weights, history="They were found.\n")
    assert "They were found." in text
    assert "by one run" not in text
