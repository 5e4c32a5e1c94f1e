"""Sizes, places and the schedule of the recipe."""

from dataclasses import dataclass, replace
from pathlib import Path

MODELS = Path(__file__).resolve().parent.parent
WORK = MODELS / "recipe" / "work"
OUTPUT = MODELS / "tutor"
EVALUATION = MODELS / "evaluation"
CHAT_TEMPLATE = Path(__file__).with_name("chat_template.jinja")


@dataclass(frozen=True)
class Recipe:
    """All numbers of one stage. Lengths and batch sizes are in tokens, learning rates per step, shares from 0 to 1.

    Answers known by heart are cut at `cut_tokens`, but for a share of `whole_share`. `average_decay` is that of the
    running average of weights that is exported; 0 exports the last weights. In half of the
    conversations a share of `torn_share` of the user's words is torn apart.
    """

    seed: int = 7
    mixture: str = "answers"
    num_dialogues: int = 40_000
    vocab_size: int = 4096
    hidden_size: int = 256
    intermediate_size: int = 768
    num_layers: int = 6
    num_heads: int = 4
    max_model_len: int = 2048
    max_train_len: int = 1024
    batch_tokens: int = 4096
    num_epochs: float = 1.0
    learning_rate: float = 3e-3
    warmup_steps: int = 60
    decay_share: float = 0.5
    weight_decay: float = 0.01
    checkpoint_every: int = 250
    whole_share: float = 1.0
    cut_tokens: int = 8
    dropout: float = 0.0
    average_decay: float = 0.0
    torn_share: float = 0.0


ANSWERS = Recipe()
"""The first stage: from random weights until the answers are known by heart."""

QUESTIONS = replace(
    ANSWERS,
    seed=23,
    mixture="questions",
    num_dialogues=85_000,
    num_epochs=1.0,
    learning_rate=2e-3,
    decay_share=0.6,
    whole_share=0.12,
    dropout=0.02,
    average_decay=0.99,
    torn_share=0.2,
)
"""The second stage: many questions, of most answers only the beginning."""

STAGES = (ANSWERS, QUESTIONS)
