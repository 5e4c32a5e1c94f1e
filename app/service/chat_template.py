"""Messages to prompt text through the model's own chat template, in which users' text stays text.

The template is the model's and runs in Jinja's sandbox; a request can never bring its own. Renders synchronously, in
whichever thread calls; knows no event loop and encodes nothing.
"""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jinja2
from transformers import PreTrainedTokenizerFast

from app.errors import ConfigurationError, InvalidRequestError
from app.service.control_tokens import ControlTokens, insert

MAX_DEPTH = 64
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_RESERVED_VARIABLES = frozenset({"messages", "conversations", "raise_exception", "strftime_now"})
_PRIVATE_USE = range(0xF0000, 0xFFFFE)  # 65,534 characters without a meaning, so one is always free
_MAX_DRAWS = 16

# What a template raises when messages are not as it expects them: its own errors, and those of its expressions.
_TEMPLATE_ERRORS = (
    jinja2.TemplateError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a chat template is given. template_kwargs are variables for it, such as enable_thinking."""

    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[Mapping[str, Any]] | None = None
    template_kwargs: Mapping[str, Any] = field(default_factory=dict)
    add_generation_prompt: bool = True


class ChatTemplate:
    """The chat template of one tokenizer. Thread: any, and several at once; the tokenizer is only read.

    Raises: ConfigurationError, if the tokenizer has no chat template.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, control_tokens: ControlTokens) -> None:
        self._tokenizer = tokenizer
        self._control_tokens = control_tokens
        try:
            self.source = str(tokenizer.get_chat_template())
        except ValueError as error:
            raise ConfigurationError("this model's tokenizer has no chat template, so it can't serve chat") from error
        parameters = inspect.signature(tokenizer.apply_chat_template).parameters
        self._reserved = _RESERVED_VARIABLES | parameters.keys() | tokenizer.special_tokens_map.keys()

    def render(self, conversation: Conversation) -> list[str]:
        """Return the prompt as pieces to be encoded one by one; nearly always one, exactly as transformers renders it.

        More than one only if a string of the request spells a control token, or ends with the beginning of one.
        Raises: InvalidRequestError, if the template refuses the messages, or as ControlTokens.cuts.
        """
        self._check(conversation)
        plain, cuts = self._find_cuts(conversation)
        if not any(cuts.values()):
            return [self._apply(plain)]
        separator = self._unused_character(cuts)
        marked = _map_conversation(plain, lambda text: insert(separator, text, cuts[text]))
        return self._apply(marked).split(separator)

    def _check(self, conversation: Conversation) -> None:
        for message in conversation.messages:
            role = message.get("role")
            if role not in _ROLES:  # some templates build control tokens from it
                raise InvalidRequestError(f"a message's role must be one of {sorted(_ROLES)}", param="messages")
        for name in conversation.template_kwargs:
            if name in self._reserved:
                raise InvalidRequestError("a template variable has a reserved name", param="chat_template_kwargs")

    def _find_cuts(self, conversation: Conversation) -> tuple[Conversation, dict[str, list[int]]]:
        """Return a copy in plain lists and dicts, and where each of its strings must be cut, keys of dicts included."""
        cuts: dict[str, list[int]] = {}

        def note(text: str) -> str:
            if text not in cuts:
                cuts[text] = self._control_tokens.cuts_before_more(text)
            return text

        return _map_conversation(conversation, note), cuts

    def _unused_character(self, texts: Mapping[str, object]) -> str:
        """Draw a character that occurs neither in the request nor in the template."""
        for _ in range(_MAX_DRAWS):
            character = chr(secrets.choice(_PRIVATE_USE))
            if character not in self.source and not any(character in text for text in texts):
                return character
        raise InvalidRequestError("the messages use too many private characters of Unicode", param="messages")

    def _apply(self, conversation: Conversation) -> str:
        try:
            return str(
                self._tokenizer.apply_chat_template(
                    conversation.messages,
                    tools=conversation.tools,
                    tokenize=False,
                    add_generation_prompt=conversation.add_generation_prompt,
                    **conversation.template_kwargs,
                )
            )
        except _TEMPLATE_ERRORS as error:
            reason = f": {error}" if str(error) and str(error) in self.source else ""  # its own words, no user's text
            raise InvalidRequestError(
                f"the model's chat template does not accept these messages{reason}", param="messages"
            ) from error


def _map_conversation(conversation: Conversation, change: Callable[[str], str]) -> Conversation:
    return Conversation(
        messages=_map_strings(conversation.messages, change),
        tools=_map_strings(conversation.tools, change) or None,
        template_kwargs=_map_strings(conversation.template_kwargs, change),
        add_generation_prompt=conversation.add_generation_prompt,
    )


def _map_strings(value: Any, change: Callable[[str], str], depth: int = 0) -> Any:
    """Copy JSON-like data with every string changed, keys included, into plain lists and dicts."""
    if isinstance(value, str):
        return change(value)
    if depth > MAX_DEPTH:
        raise InvalidRequestError(f"the request is nested deeper than {MAX_DEPTH} levels", param="messages")
    if isinstance(value, Mapping):
        return {
            _map_strings(key, change, depth + 1): _map_strings(item, change, depth + 1) for key, item in value.items()
        }
    if isinstance(value, Sequence):
        return [_map_strings(item, change, depth + 1) for item in value]
    return value
