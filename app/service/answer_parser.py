"""Takes an answer's text apart as it comes: thoughts, tool calls, and what is meant for the reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from app.service.json_call import JsonCall
from app.service.requests import ToolCallDelta
from app.service.tool_format import ToolFormat

THOUGHT_BEGIN, THOUGHT_END = "<think>", "</think>"


class _Place(Enum):
    START = "nothing has come yet"
    THOUGHT = "within a thought"
    TEXT = "in what the reader gets"
    CALL = "within a tool call"
    AFTER_CALL = "behind a call, perhaps before another"


@dataclass(slots=True)
class Parsed:
    """What a piece of an answer turned out to be."""

    content: str = ""
    reasoning: str = ""
    calls: tuple[ToolCallDelta, ...] = ()


class AnswerParser:
    """Parses one answer. However the text is cut into pieces, the result is the same.

    tools: how calls are written, None if none are looked for. has_thoughts: whether the model thinks aloud first;
    is_thinking: whether its prompt has begun the thought already. is_either: whether it is calls or text, so that what
    begins as text has none in it. A call that breaks off before its name is text.
    """

    def __init__(
        self,
        *,
        tools: ToolFormat | None,
        has_thoughts: bool,
        is_thinking: bool = False,
        is_either: bool = False,
        new_call_id: Callable[[], str],
    ) -> None:
        self._tools = tools
        self._has_thoughts = has_thoughts
        self._is_either = is_either
        self._new_call_id = new_call_id
        self._place = _Place.THOUGHT if is_thinking else _Place.START
        self._has_thought = False
        self._text = ""  # not parsed yet: what may still become a marker
        self._call: JsonCall | None = None
        self._has_end = False  # the last call's end marker came, or calls have none
        self._num_calls = 0
        self._begin = tools.begin.strip() if tools else ""
        self._end = tools.end.strip() if tools else ""

    @property
    def has_calls(self) -> bool:
        """Whether a tool was called."""
        return self._num_calls > 0

    def push(self, text: str, *, is_last: bool = False) -> Parsed:
        """Take the next piece; with is_last also give out what was held back."""
        self._text += text
        parsed = Parsed()
        before = None
        while before != (self._place, self._text):
            before = (self._place, self._text)
            self._step(parsed, is_last=is_last)
        return parsed

    def _step(self, parsed: Parsed, *, is_last: bool) -> None:
        match self._place:
            case _Place.START:
                self._begin_answer(is_last=is_last)
            case _Place.THOUGHT:
                text, is_over = self._until(THOUGHT_END, is_last=is_last)
                parsed.reasoning += text
                if is_over:
                    self._place, self._has_thoughts, self._has_thought = _Place.START, False, True
            case _Place.TEXT:
                self._read_text(parsed, is_last=is_last)
            case _Place.CALL:
                self._read_call(parsed, is_last=is_last)
            case _Place.AFTER_CALL:
                self._after_call(is_last=is_last)

    def _begin_answer(self, *, is_last: bool) -> None:
        """Look at the first characters: a thought, a bare call, or text."""
        rest = self._text.lstrip()
        if self._has_thoughts and rest.startswith(THOUGHT_BEGIN):
            self._text = rest[len(THOUGHT_BEGIN) :]
            self._place = _Place.THOUGHT
        elif self._tools is not None and not self._begin and rest.startswith("{"):
            self._text, self._place = rest, _Place.CALL
        elif is_last or (rest and not self._may_become_marker(rest)):
            if self._is_either and not rest.startswith(self._begin):
                self._begin = ""
            self._text = rest if self._has_thought else self._text
            self._place = _Place.TEXT

    def _may_become_marker(self, rest: str) -> bool:
        return (self._has_thoughts and THOUGHT_BEGIN.startswith(rest)) or (
            self._is_either and self._begin.startswith(rest) and self._begin != rest
        )

    def _read_text(self, parsed: Parsed, *, is_last: bool) -> None:
        if not self._begin:
            parsed.content += self._text
            self._text = ""
            return
        text, is_over = self._until(self._begin, is_last=is_last)
        parsed.content += text
        if is_over:
            self._place = _Place.CALL

    def _read_call(self, parsed: Parsed, *, is_last: bool) -> None:
        if self._call is None:
            rest = self._text.lstrip(" \n\t[" if self._tools and self._tools.is_list else " \n\t")
            if not rest:
                if is_last:  # it was announced, and did not come
                    parsed.content += self._begin + self._text
                    self._text, self._place = "", _Place.TEXT
                return
            assert self._tools is not None
            self._text, self._call = rest, JsonCall(self._tools.arguments_key)
        call = self._call
        had_name = call.name is not None
        told, self._text = call.feed(self._text)
        if call.name is not None and (told.name or told.arguments or not had_name):
            is_new = not had_name
            call_id = self._new_call_id() if is_new else None
            parsed.calls += (ToolCallDelta(self._num_calls, call_id, call.name if is_new else None, told.arguments),)
        if call.is_over and not call.is_broken:
            self._num_calls += 1
            self._call, self._place, self._has_end = None, _Place.AFTER_CALL, not self._end
        elif call.is_broken or (is_last and call.name is None):
            parsed.content += (self._begin if call.name is None else "") + (call.raw if call.name is None else "")
            self._num_calls += call.name is not None
            self._call, self._place = None, _Place.TEXT
        elif is_last:
            self._num_calls += 1  # it broke off, and its beginning was told
            self._call, self._place = None, _Place.TEXT

    def _after_call(self, *, is_last: bool) -> None:
        """Pass over what stands between calls; anything else is text again."""
        rest = self._text.lstrip(" \n\t" if self._has_end and self._end else " \n\t;,]")
        if not self._has_end and rest.startswith(self._end):
            rest = rest[len(self._end) :].lstrip()
            self._has_end = True
        elif not self._has_end and not is_last and self._end.startswith(rest):
            return
        self._text = rest
        if not rest:
            return
        is_call = rest.startswith("{") and (not self._begin or (self._tools is not None and self._tools.is_list))
        self._place = _Place.CALL if is_call else _Place.TEXT

    def _until(self, marker: str, *, is_last: bool) -> tuple[str, bool]:
        """Take the text before a marker and the marker itself; or all that can't become one, if it is not there yet."""
        before, found, after = self._text.partition(marker)
        if found:
            self._text = after
            return before, True
        num_held = 0 if is_last else _num_begun(self._text, marker)
        cut = len(self._text) - num_held
        text, self._text = self._text[:cut], self._text[cut:]
        return text, False


def _num_begun(text: str, marker: str) -> int:
    """How many characters at the text's end are a beginning of the marker."""
    return next((n for n in range(min(len(marker) - 1, len(text)), 0, -1) if text.endswith(marker[:n])), 0)
