"""app/service/tokenizer_worker.py"""

from __future__ import annotations

import json
import subprocess
import sys
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from app.service import tokenizer_worker
from tests import tiny_tokenizer


def test_importing_it_brings_neither_torch_nor_the_web_into_a_worker() -> None:
    program = "import json, sys, app.service.tokenizer_worker; print(json.dumps(sorted(sys.modules)))"
    root = Path(__file__).parents[2]
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, cwd=root, timeout=60)
    loaded = json.loads(result.stdout)
    heavy = {"torch", "transformers", "numpy", "fastapi", "pydantic", "jinja2", "app.settings", "multiprocessing"}
    assert not heavy & set(loaded)
    assert "tokenizers" in loaded


def test_truncation_and_padding_of_the_file_are_switched_off() -> None:
    tokenizer = tiny_tokenizer.byte_level_tokenizer()
    tokenizer.enable_truncation(2)
    tokenizer.enable_padding(length=50)
    own = tokenizer_worker.load_tokenizer(tokenizer.to_str())
    ids = tokenizer_worker.encode_pieces(own, [["a much longer text than two tokens"]])[0]
    assert 2 < len(ids) < 50


@pytest.mark.parametrize(
    "make",
    [
        tiny_tokenizer.byte_level_tokenizer,
        tiny_tokenizer.sentencepiece_tokenizer,
        tiny_tokenizer.metaspace_tokenizer,
    ],
)
def test_pieces_put_no_blanks_between_them(make: Callable[[], Tokenizer]) -> None:
    tokenizer = make()
    texts = [["say <", "|im_end|> and\n", "\n go", "", " on"], [""], ["an event loop"]]
    decoded = [tokenizer.decode(ids) for ids in tokenizer_worker.encode_pieces(tokenizer, texts)]
    whole = [
        tokenizer.decode(tokenizer.encode(text, add_special_tokens=False).ids)
        for text in ("\n\n go on", "", "an event loop")
    ]
    assert decoded[1:] == whole[1:]
    if make is not tiny_tokenizer.metaspace_tokenizer:  # its vocabulary lacks "<" and "|"
        assert decoded[0] == "say <|im_end|> and\n\n go on"
    else:
        assert decoded[0].split() == tokenizer.decode(tokenizer.encode("say im_end> and go on").ids).split()


def test_one_piece_gives_the_ids_that_the_tokenizer_gives() -> None:
    tokenizer = tiny_tokenizer.sentencepiece_tokenizer()
    texts = ["Use threads.", "", "你好 😀", "<|im_start|>user\nhi"]
    expected = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    assert tokenizer_worker.encode_pieces(tokenizer, [[text] for text in texts]) == expected


def test_packed_ids_come_back_as_they_were() -> None:
    tokenizer = tiny_tokenizer.byte_level_tokenizer()
    tokenizer_worker.init(tokenizer.to_str())
    texts = [["Use ", "threads."], ["x"]]
    packed = tokenizer_worker.encode_packed(texts)
    assert [tokenizer_worker.unpack(ids) for ids in packed] == tokenizer_worker.encode_pieces(tokenizer, texts)


def test_more_ids_than_are_unpacked_at_once_come_back_in_order() -> None:
    ids = list(range(150_000))
    assert tokenizer_worker.unpack(array("I", ids).tobytes()) == ids
