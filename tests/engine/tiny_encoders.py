"""Small encoders of random weights, saved as sentence-transformers saves them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, processors
from transformers import AutoModel, BertConfig, PreTrainedTokenizerFast, RobertaConfig

from tests.tiny_tokenizer import wordpiece_tokenizer

MAX_LEN = 48


@cache
def _trained_once() -> str:
    # Equally frequent pairs are merged in an order that differs from training to training.
    return str(wordpiece_tokenizer().to_str())


def make_bert_tokenizer() -> PreTrainedTokenizerFast:
    """WordPiece with a frame around each text, as BERT's."""
    tokenizer = Tokenizer.from_str(_trained_once())
    vocabulary = tokenizer.get_vocab()
    begin, end = vocabulary["<|im_start|>"], vocabulary["<|im_end|>"]
    tokenizer.post_processor = processors.BertProcessing(("<|im_end|>", end), ("<|im_start|>", begin))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<|endoftext|>",
        cls_token="<|im_start|>",
        sep_token="<|im_end|>",
        unk_token="[UNK]",
        model_max_length=MAX_LEN,
    )


def save_encoder(
    folder: Path,
    *,
    is_roberta: bool = False,
    pooling: dict[str, Any] | None = None,
    modules: tuple[str, ...] = ("Transformer", "Pooling", "Normalize"),
) -> Path:
    """pooling: the pooling's file, and with it those that sentence-transformers writes; None: a bare model."""
    tokenizer = make_bert_tokenizer()
    torch.manual_seed(0)
    kind = RobertaConfig if is_roberta else BertConfig
    config = kind(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=MAX_LEN,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.5,
    )
    AutoModel.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    if pooling is not None:
        paths = {"Transformer": "", "Pooling": "1_Pooling", "Normalize": "2_Normalize"}
        listed = [{"type": f"sentence_transformers.models.{name}", "path": paths.get(name, "3")} for name in modules]
        (folder / "modules.json").write_text(json.dumps(listed))
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
        (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 40, "do_lower_case": False}))
    return folder


MEAN = {"word_embedding_dimension": 32, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
CLS = {"word_embedding_dimension": 32, "pooling_mode": "cls"}
