"""Dialogues and how they are written for the model.

`segments` is the Python twin of chat_template.jinja (a test holds them together) and also says what is learned.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

END_OF_TEXT = "<|endoftext|>"
START = "<|im_start|>"
END = "<|im_end|>"
SPECIAL_TOKENS = (END_OF_TEXT, START, END)


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool with its arguments."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """One message; an assistant's turn may consist of a tool call alone.

    A turn that is not learned is one that another may have written: context for what follows.
    """

    role: str
    content: str
    call: ToolCall | None = None
    is_learned: bool = True


@dataclass(frozen=True)
class Dialogue:
    """A conversation, its topic for statistics, and the tools offered (function objects without a wrapper)."""

    topic: str
    turns: tuple[Turn, ...]
    tools: tuple[dict[str, Any], ...] = ()
    system: str = ""

    def key(self) -> str:
        """Return a text that is equal for equal conversations."""
        calls = [f"{turn.call.name} {turn.call.arguments}" if turn.call else "" for turn in self.turns]
        return "\x00".join([self.system, *(turn.content for turn in self.turns), *calls])


def conversation(topic: str, pairs: Sequence[tuple[str, str]], system: str = "") -> Dialogue:
    """Return a dialogue of (user, assistant) pairs."""
    turns = [Turn(role, text) for pair in pairs for role, text in zip(("user", "assistant"), pair, strict=True)]
    return Dialogue(topic, tuple(turns), system=system)


def call_text(call: ToolCall) -> str:
    """Return a tool call as the model writes it."""
    arguments = json.dumps(call.arguments, ensure_ascii=False)
    return f'<tool_call>\n{{"name": {json.dumps(call.name)}, "arguments": {arguments}}}\n</tool_call>'


def segments(dialogue: Dialogue) -> list[tuple[str, bool]]:
    """Return the dialogue's text in pieces; True marks what the assistant writes, its end token included."""
    pieces: list[tuple[str, bool]] = []
    header = _system_text(dialogue)
    if header:
        pieces.append((f"{START}system\n{header}{END}\n", False))
    for turn in dialogue.turns:
        if turn.role == "assistant":
            pieces.append((f"{START}assistant\n", False))
            pieces.append(((call_text(turn.call) if turn.call else turn.content) + END, turn.is_learned))
            pieces.append(("\n", False))
        elif turn.role == "tool":
            pieces.append((f"{START}user\n<tool_response>\n{turn.content}\n</tool_response>{END}\n", False))
        else:
            pieces.append((f"{START}{turn.role}\n{turn.content}{END}\n", False))
    return pieces


def _system_text(dialogue: Dialogue) -> str:
    if not dialogue.tools:
        return dialogue.system
    listed = "".join(json.dumps(tool, ensure_ascii=False) + "\n" for tool in dialogue.tools)
    text = (
        f"# Tools\n\nYou may call these functions:\n<tools>\n{listed}</tools>\n\n"
        'To call one, answer with:\n<tool_call>\n{"name": ..., "arguments": ...}\n</tool_call>'
    )
    return f"{dialogue.system}\n\n{text}" if dialogue.system else text
