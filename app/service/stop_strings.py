"""Finds stop strings in text that arrives in pieces, and holds back what may still become one."""

from __future__ import annotations

from collections.abc import Sequence

from app.errors import InvalidRequestError

MAX_STOP_STRINGS = 16
MAX_STOP_CHARS = 1024


class StopStringScanner:
    """Scans one answer. However the text is cut into pieces, the result is the same.

    The first stop string to be complete wins; of several that end at the same character, the longest. Each character
    is looked at once per stop string, amortised (Knuth, Morris and Pratt 1977): a stop string that nearly matches
    again and again costs no more than any other.

    Raises: InvalidRequestError, when a stop string is empty or too long, or there are too many.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        _check(stops)
        self._patterns = [_Pattern(stop) for stop in dict.fromkeys(stops)]
        self._first_chars = {stop[0] for stop in stops}
        self._held = ""  # the tail of the text so far that begins some stop string
        self._is_hit = False

    def push(self, text: str) -> tuple[str, bool]:
        """Take the next piece; return the text that is safe to emit, and whether a stop string was completed.

        After a hit the text ends before the stop string, and later pieces yield nothing.
        """
        if self._is_hit:
            return "", True
        if not self._held and self._first_chars.isdisjoint(text):
            return text, False
        num_old = len(self._held)
        self._held += text
        for end, char in enumerate(text, start=num_old + 1):
            stop_chars = max(pattern.completed_by(char) for pattern in self._patterns)
            if stop_chars:
                self._is_hit = True
                return self._take(end - stop_chars), True
        return self._take(len(self._held) - max(pattern.num_matched for pattern in self._patterns)), False

    def flush(self) -> str:
        """Return what is still held back: the text ended and did not become a stop string."""
        return "" if self._is_hit else self._take(len(self._held))

    def _take(self, num_chars: int) -> str:
        taken, self._held = self._held[:num_chars], self._held[num_chars:]
        return taken


class _Pattern:
    """One stop string and how many of its characters the text ends with now."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._fallback = _fallbacks(text)
        self.num_matched = 0

    def completed_by(self, char: str) -> int:
        """Advance by one character; return the length of the stop string if it is complete now, else 0."""
        while self.num_matched and self._text[self.num_matched] != char:
            self.num_matched = self._fallback[self.num_matched - 1]
        if self._text[self.num_matched] == char:
            self.num_matched += 1
        return len(self._text) if self.num_matched == len(self._text) else 0


def _fallbacks(text: str) -> list[int]:
    """For each prefix of `text`: how long its longest proper suffix is that also begins `text`."""
    fallbacks = [0] * len(text)
    length = 0
    for index in range(1, len(text)):
        while length and text[index] != text[length]:
            length = fallbacks[length - 1]
        if text[index] == text[length]:
            length += 1
        fallbacks[index] = length
    return fallbacks


def _check(stops: Sequence[str]) -> None:
    if len(stops) > MAX_STOP_STRINGS:
        raise InvalidRequestError(f"'stop' takes at most {MAX_STOP_STRINGS} strings, got {len(stops)}", param="stop")
    for stop in stops:
        if not 1 <= len(stop) <= MAX_STOP_CHARS:
            raise InvalidRequestError(
                f"a stop string must have 1 to {MAX_STOP_CHARS} characters, got {len(stop)}", param="stop"
            )
