"""Reads one tool call, a JSON object, as it comes: tells its name as soon as that is known, then its arguments."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass(slots=True)
class CallText:
    """What a piece of text told of a call. arguments is JSON text, as the model wrote it."""

    name: str | None = None
    arguments: str = ""


@dataclass(slots=True)
class JsonCall:
    """The state of one object {"name": ..., ARGUMENTS_KEY: ...}; other keys are passed over.

    `feed` takes text from the object's first brace on. Each character is looked at once.
    """

    arguments_key: str
    name: str | None = None
    is_over: bool = False
    is_broken: bool = False  # it is no such object; `raw` has all that was read
    _depth: int = 0
    _in_string: bool = False
    _is_escaped: bool = False
    _key: str | None = None  # at depth 1: whose value is being read
    _value: list[str] = field(default_factory=list)  # of that key, or of the key itself
    _waiting: str = ""  # arguments that came before the name
    _read: list[str] = field(default_factory=list)

    @property
    def raw(self) -> str:
        """All that was read so far."""
        return "".join(self._read)

    def feed(self, text: str) -> tuple[CallText, str]:
        """Take text; return what it told, and what is left of it behind the object's end."""
        told = CallText()
        end = len(text)
        for place, char in enumerate(text):
            self._step(char, told)
            if self.is_over or self.is_broken:
                end = place + 1
                break
        self._read.append(text[:end])
        return self._in_order(told), text[end:]

    def _step(self, char: str, told: CallText) -> None:
        if self._in_string:
            self._in_string = self._is_escaped or char != '"'
            self._is_escaped = char == "\\" and not self._is_escaped
        elif char == '"':
            self._in_string = True
        elif char in "{[":
            self._depth += 1
            if self._depth == 1:
                self.is_broken = char != "{"
                return
        elif char in "}]":
            self._depth -= 1
            if self._depth == 0:
                self._end_value(told)
                self.is_over = True
                self.is_broken = self.name is None
                return
        elif self._depth == 1 and char == ":" and self._key is None:
            self._key = _string("".join(self._value)) or ""
            self._value.clear()
            return
        elif self._depth == 1 and char == ",":
            self._end_value(told)
            return
        elif self._depth == 0 and not char.isspace():
            self.is_broken = True
            return
        self._value.append(char)
        if self._key == self.arguments_key and (not char.isspace() or len(self._value) > 1):
            told.arguments += char

    def _end_value(self, told: CallText) -> None:
        if self._key == "name":
            self.name = told.name = _string("".join(self._value))
            self.is_broken = self.name is None
        self._key = None
        self._value.clear()

    def _in_order(self, told: CallText) -> CallText:
        """Hold arguments back until the name is known; drop blanks around them."""
        if self.name is None:
            self._waiting += told.arguments
            return CallText()
        told.arguments = self._waiting + told.arguments
        self._waiting = ""
        return told


def _string(text: str) -> str | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, str) else None
