"""Token ids to text as they come: whole characters only, at a constant cost per token.

Decoding everything again for each token is quadratic, and decoding a window is wrong when the text really holds U+FFFD.
So each token's own contribution is found once and remembered: a piece of text or, where it may be a part of a
character, bytes. tokenizers' DecodeStream does not serve here: it takes every U+FFFD at the end for half a character,
and then holds back, and decodes again, all that follows.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from functools import lru_cache

from tokenizers import Tokenizer

_REPLACEMENT = "\ufffd"
_BYTE_TOKEN = re.compile(r"<0x([0-9A-Fa-f]{2})>")


class IncrementalDetokenizer:
    """Text of one answer. The pieces joined are `tokenizer.decode(all ids)`.

    One difference is meant: where byte-fallback tokens form no valid UTF-8, decode replaces their whole run, and this
    only the invalid bytes in it, because valid characters were already emitted.
    """

    def __init__(
        self, tokenizer: Tokenizer, *, skip_special_tokens: bool = True, kept: frozenset[str] = frozenset()
    ) -> None:
        """kept: special tokens that are text all the same."""
        self._pieces = _token_pieces(tokenizer, skip_special_tokens, kept)
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self._is_first = True  # until a token that is not skipped: decoders treat the first one differently
        self._has_partial = False  # whether the UTF-8 decoder may hold a part of a character

    def push(self, token_ids: Iterable[int]) -> str:
        """Return the text that these tokens complete. Unknown ids have no text. Thread: any, one at a time."""
        return "".join(map(self._push_one, token_ids))

    def flush(self) -> str:
        """Return what is left at the end: U+FFFD, if the answer ended within a character."""
        self._has_partial = False
        text = self._utf8.decode(b"", final=True)
        self._utf8.reset()
        return text

    def _push_one(self, token_id: int) -> str:
        piece = self._pieces.first(token_id) if self._is_first else self._pieces.later(token_id)
        if piece is None:
            return ""
        self._is_first = False
        if isinstance(piece, bytes):
            self._has_partial = True
            return self._utf8.decode(piece)
        if self._has_partial:
            return self.flush() + piece
        return piece


class TokenTexts:
    """What single tokens say, control tokens included; for lists of likely tokens. Thread: any, one at a time."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._pieces = _token_pieces(tokenizer, False, frozenset())

    def bytes_of(self, token_id: int) -> bytes:
        """Return a token's bytes, which need not be whole characters; b"" for an unknown id."""
        piece = self._pieces.later(token_id)
        return piece if isinstance(piece, bytes) else (piece or "").encode("utf-8", "replace")


class _TokenPieces:
    """What each token of a tokenizer adds to a text: str, bytes if perhaps not whole characters, None if skipped."""

    def __init__(self, tokenizer: Tokenizer, *, skip_special_tokens: bool, kept: frozenset[str]) -> None:
        self._tokenizer = tokenizer
        added = tokenizer.get_added_tokens_decoder()
        self._added_ids = added.keys()
        self._skipped = {
            token_id
            for token_id, token in added.items()
            if token.special and skip_special_tokens and token.content not in kept
        }
        self._anchor_id, self._anchor_text = self._find_anchor()
        self._first: dict[int, str | bytes | None] = {}
        self._later: dict[int, str | bytes | None] = {}

    def first(self, token_id: int) -> str | bytes | None:
        """The piece of a token at the beginning of a text."""
        if token_id not in self._first:
            self._first[token_id] = self._find(token_id, is_first=True)
        return self._first[token_id]

    def later(self, token_id: int) -> str | bytes | None:
        """The piece of a token after others."""
        if token_id not in self._later:
            self._later[token_id] = self._find(token_id, is_first=False)
        return self._later[token_id]

    def _find(self, token_id: int, *, is_first: bool) -> str | bytes | None:
        token = self._tokenizer.id_to_token(token_id)
        if token is None or token_id in self._skipped:
            return None
        if is_first:
            text = self._decode([token_id])
        else:
            text = self._decode([self._anchor_id, token_id])[len(self._anchor_text) :]
        return text if _REPLACEMENT not in text else _token_bytes(token, default=text)

    def _find_anchor(self) -> tuple[int, str]:
        """A token whose text stays the same whatever follows it, to decode others behind it."""
        for token_id in range(self._tokenizer.get_vocab_size()):
            if token_id in self._added_ids:
                continue
            text = self._decode([token_id])
            if text.isalnum() and self._decode([token_id, token_id]).startswith(text):
                return token_id, text
        raise ValueError("the tokenizer has no token that decodes to a letter or digit")

    def _decode(self, token_ids: list[int]) -> str:
        return str(self._tokenizer.decode(token_ids, skip_special_tokens=False))


@lru_cache(maxsize=8)
def _token_pieces(tokenizer: Tokenizer, skip_special_tokens: bool, kept: frozenset[str]) -> _TokenPieces:
    """One table per tokenizer, filled as tokens are met. The cache keeps the tokenizer alive; there are few."""
    return _TokenPieces(tokenizer, skip_special_tokens=skip_special_tokens, kept=kept)


def _token_bytes(token: str, *, default: str) -> str | bytes:
    """The bytes of a byte-fallback token like <0xE4>, or of a byte-level token; `default` for any other."""
    byte = _BYTE_TOKEN.fullmatch(token)
    if byte:
        return bytes([int(byte[1], 16)])
    try:
        return bytes(_BYTE_OF_CHAR[char] for char in token)
    except KeyError:
        return default


def _byte_level_alphabet() -> dict[str, int]:
    """GPT-2's alphabet: printable bytes stand for themselves, the others for the characters from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + index): byte for index, byte in enumerate(others)}


_BYTE_OF_CHAR = _byte_level_alphabet()
