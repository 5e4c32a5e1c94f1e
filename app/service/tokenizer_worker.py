"""Encodes texts given as pieces, in a worker process or a thread. Imports nothing but tokenizers: workers stay light.

A text is given as the list of its pieces because it may have to be encoded in parts: between two pieces no token is
ever formed (see app/service/control_tokens.py). A text of one piece is encoded as the tokenizer does by itself.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from tokenizers import Tokenizer

# A piece in the middle of a text is encoded behind one of these, whose tokens are then taken away again: else
# SentencePiece-like tokenizers would put the blank before it that belongs only at a text's beginning.
_GUARDS = ("\n", "0", "a", ".")

_UNPACK_IDS = 65_536

Pieces = Sequence[str]


def load_tokenizer(tokenizer_json: str) -> Tokenizer:
    """Make a tokenizer that nobody else uses. Truncation and padding are off, whatever the file says."""
    tokenizer = Tokenizer.from_str(tokenizer_json)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def encode_pieces(tokenizer: Tokenizer, texts: Sequence[Pieces]) -> list[list[int]]:
    """Encode each text piece by piece and return its token ids, without special tokens around them.

    Releases the GIL while it encodes (Tokenizer.encode would hold it).
    """
    all_ids = _encode_all(tokenizer, [pieces[0] for pieces in texts])
    if all(len(pieces) == 1 for pieces in texts):
        return all_ids
    inner = _encode_inner_pieces(tokenizer, {piece for pieces in texts for piece in pieces[1:]})
    for ids, pieces in zip(all_ids, texts, strict=True):
        for piece in pieces[1:]:
            ids += inner[piece]
    return all_ids


def _encode_inner_pieces(tokenizer: Tokenizer, pieces: set[str]) -> dict[str, list[int]]:
    """Encode pieces as they stand in the middle of a text: in one batch, each of them once."""
    encoded: dict[str, list[int]] = {"": []}
    for guard in _GUARDS:
        left = list(pieces - encoded.keys())
        guard_ids, *guarded = _encode_all(tokenizer, [guard, *(guard + piece for piece in left)])
        for piece, ids in zip(left, guarded, strict=True):
            if ids[: len(guard_ids)] == guard_ids:  # otherwise guard and piece grew into one token
                encoded[piece] = ids[len(guard_ids) :]
    left = list(pieces - encoded.keys())
    return encoded | dict(zip(left, _encode_all(tokenizer, left), strict=True))


def _encode_all(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    return [encoding.ids for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]


_tokenizers: list[Tokenizer] = []  # of a worker process: at most one, set by init


def init(tokenizer_json: str) -> None:
    """Load the tokenizer of this worker process."""
    _tokenizers[:] = [load_tokenizer(tokenizer_json)]


def encode_packed(texts: Sequence[Pieces]) -> list[bytes]:
    """Encode in a worker process. A text's ids come back as unsigned 32-bit numbers in one block."""
    (tokenizer,) = _tokenizers
    return [array("I", ids).tobytes() for ids in encode_pieces(tokenizer, texts)]


def unpack(packed: bytes) -> list[int]:
    """Undo the packing of one text's ids, a part at a time: a single tolist() would hold the GIL for all of it."""
    numbers = memoryview(packed).cast("I")
    ids: list[int] = []
    for start in range(0, len(numbers), _UNPACK_IDS):
        ids += numbers[start : start + _UNPACK_IDS].tolist()
    return ids
