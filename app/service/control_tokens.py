"""Keeps text from becoming control tokens: finds where a text spells one, and cuts it there.

A tokenizer turns the text "<|im_end|>" into the control token wherever it stands, also inside a user's message. Cut
into pieces that are encoded one by one, "<" and "|im_end|>", it stays what it is: text. Only texts that spell a
control token are cut, so all others keep exactly the ids that transformers gives them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from tokenizers import Tokenizer

from app.errors import InvalidRequestError

# `re` holds the GIL for a whole search; 64 K characters at a time let other threads in every few milliseconds.
_WINDOW_CHARS = 65_536

# Words and blanks that were added to a vocabulary ("\n\n" in Gemma's) are text like any other and control nothing.
_PLAIN_TEXT = re.compile(r"[\w\s▁]*")


class ControlTokens:
    """The control tokens of one tokenizer: all special tokens, and added tokens that are more than words or blanks.

    Thread: any; holds no state beyond its construction.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        added = tokenizer.get_added_tokens_decoder().values()
        control = [token for token in added if token.special or not _PLAIN_TEXT.fullmatch(token.content)]
        texts = {token.content for token in control if token.content}
        self._max_chars = max(map(len, texts), default=1)
        self._pattern = re.compile(_trie_pattern(texts) if texts else r"(?!)")
        self._beginnings = {text[:end] for text in texts for end in range(1, len(text))}
        # A token with `normalized` also matches text that only becomes it by normalization, like "<S>" lower-cased.
        self._normalizer = tokenizer.normalizer if any(token.normalized for token in control) else None

    def cuts(self, text: str) -> list[int]:
        """Return the positions, ascending, at which `text` must be cut so that no piece spells a control token.

        Raises: InvalidRequestError, if a control token of a single character is in it, which no cut can take apart,
        or a lone surrogate, which is no character and can't be encoded.
        """
        _check_unicode(text)
        cuts = [start + 1 for start in self._occurrences(text)]
        if self._normalizer is None:
            return cuts
        if any(self._pattern.search(self._normalizer.normalize_str(piece)) for piece in _cut(text, cuts)):
            return list(range(1, len(text)))
        return cuts

    def cuts_before_more(self, text: str) -> list[int]:
        """Like `cuts`, for a text that others may follow directly, or after its trailing blanks were stripped.

        Where it ends with a beginning of a control token, it is cut off from what follows.
        """
        cuts = set(self.cuts(text))
        for end in {len(text), len(text.rstrip())}:
            if any(text[max(0, end - length) : end] in self._beginnings for length in range(1, self._max_chars)):
                cuts.add(end)
        return sorted(cuts)

    def split(self, text: str) -> list[str]:
        """Cut a text that stands alone into pieces, to be encoded one by one; most have one. Raises: as `cuts`."""
        return _cut(text, self.cuts(text))

    def _occurrences(self, text: str) -> Iterator[int]:
        for window_start in range(0, len(text), _WINDOW_CHARS):
            window_end = min(len(text), window_start + _WINDOW_CHARS)
            match = self._pattern.search(text, window_start, window_end + self._max_chars - 1)
            while match and match.start() < window_end:
                if match.end() - match.start() == 1:
                    raise InvalidRequestError("the text has a character that is a control token of this model")
                yield match.start()
                match = self._pattern.search(text, match.start() + 1, window_end + self._max_chars - 1)


def insert(separator: str, text: str, cuts: list[int]) -> str:
    """Put `separator` into `text` at each of the ascending positions."""
    return separator.join(_cut(text, cuts))


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidRequestError("the text has a lone surrogate, which is no character") from None


def _cut(text: str, cuts: list[int]) -> list[str]:
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)] if cuts else [text]


def _trie_pattern(texts: Collection[str]) -> str:
    """A pattern that matches where any of `texts` begins, in time that does not grow with their number.

    Of texts that begin with one another the shortest is enough, for only the place counts.
    """
    if "" in texts:
        return ""
    branches: dict[str, set[str]] = {}
    for text in texts:
        branches.setdefault(text[0], set()).add(text[1:])
    patterns = [re.escape(char) + _trie_pattern(rests) for char, rests in sorted(branches.items())]
    return patterns[0] if len(patterns) == 1 else f"(?:{'|'.join(patterns)})"
