"""Sizes, places and the schedule of the recipe."""

from dataclasses import dataclass
from pathlib import Path

MODELS = Path(__file__).resolve().parent.parent
WORK = MODELS / "recipe" / "work"
OUTPUT = MODELS / "tutor"
EVALUATION = MODELS / "evaluation"
CHAT_TEMPLATE = Path(__file__).with_name("chat_template.jinja")


@dataclass(frozen=True)
class Recipe:
    """All numbers of one run. Lengths and batch sizes are in tokens, learning rates per step."""

    seed: int = 7
    num_dialogues: int = 90_000
    vocab_size: int = 4096
    hidden_size: int = 256
    intermediate_size: int = 768
    num_layers: int = 6
    num_heads: int = 4
    max_model_len: int = 2048
    max_train_len: int = 1024
    batch_tokens: int = 4096
    num_epochs: float = 2.5
    learning_rate: float = 3e-3
    warmup_steps: int = 60
    decay_share: float = 0.5
    weight_decay: float = 0.01
    checkpoint_every: int = 250
