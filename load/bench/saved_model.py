"""A model of a shape with random weights, saved as any model is: the engine, the service and the baselines load it.

Its tokenizer is byte-level BPE without merges, padded with made-up words to the model's vocabulary: whatever id is
sampled has a text, and a prompt has exactly as many tokens as ASCII characters.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, GenerationConfig, PreTrainedTokenizerFast
from transformers.initialization import no_init_weights
from transformers.utils.logging import disable_progress_bar

from load.bench.shapes import Shape

# Small enough for logits to stay finite through any number of layers.
_STD = 0.02
# Drawn once and repeated: billions of normal draws would take minutes. A prime, so that rows of a matrix differ.
_NUM_DRAWS = 1_048_583
_END = "<|end|>"
_TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"


def save_random_model(shape: Shape, folder: Path, *, has_end: bool = False) -> None:
    """Write weights (bfloat16), configuration, tokenizer and chat template of a random model into a folder.

    has_end: whether it names the token that ends an answer, without which no answer can keep to a form.
    """
    disable_progress_bar()
    model, words = random_model(shape), tokenizer(shape.vocab)
    if has_end:
        model.generation_config.eos_token_id = words.eos_token_id
    model.save_pretrained(folder)
    words.save_pretrained(folder)


def random_model(shape: Shape) -> Any:
    """A transformers model of that shape on the CPU, in bfloat16 and eval mode. The same weights every time."""
    with no_init_weights():
        model = AutoModelForCausalLM.from_config(shape.config(), dtype=torch.bfloat16)
    draws = torch.randn(_NUM_DRAWS, generator=torch.Generator().manual_seed(0)).mul_(_STD).bfloat16()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 2:
                size = parameter.numel()
                parameter.copy_(draws.repeat(math.ceil(size / _NUM_DRAWS))[:size].view_as(parameter))
            else:
                parameter.fill_(0.0 if name.endswith("bias") else 1.0)
    model.tie_weights()
    model.generation_config = GenerationConfig()
    return model.eval()


def tokenizer(vocab_size: int) -> PreTrainedTokenizerFast:
    """A tokenizer of exactly that many tokens whose chat template is the messages' text and nothing else."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    num_words = vocab_size - len(alphabet) - 1
    if num_words < 0:
        raise ValueError(f"a byte-level vocabulary has at least {len(alphabet) + 1} tokens, not {vocab_size}")
    texts = [*alphabet, *(f"Ġw{number}" for number in range(num_words))]  # "Ġ" is how byte-level BPE writes a space
    plain = Tokenizer(models.BPE(vocab={text: place for place, text in enumerate(texts)}, merges=[]))
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    plain.decoder = decoders.ByteLevel()
    plain.add_special_tokens([_END])
    return PreTrainedTokenizerFast(tokenizer_object=plain, eos_token=_END, chat_template=_TEMPLATE)
