"""What a model's answers are made of besides text, by its chat template: how they are kept valid, and taken apart."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.errors import InvalidRequestError
from app.service.answer_parser import THOUGHT_BEGIN, THOUGHT_END, AnswerParser
from app.service.requests import ChatRequest, Grammar
from app.service.tool_format import ToolFormat, find_tool_format, only, tool_grammar

# Enough for "<think>\n", however it is cut into tokens.
_NUM_TAIL_TOKENS = 12


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """tools: how calls are written, None if the template knows none. has_thoughts: whether the model thinks aloud."""

    tools: ToolFormat | None = None
    has_thoughts: bool = False

    @classmethod
    def of_template(cls, template: str) -> AnswerForm:
        """Return the form that a chat template teaches."""
        return cls(find_tool_format(template), THOUGHT_END in template)

    def grammar(self, request: ChatRequest) -> Grammar | None:
        """Return what the request's answers must match, because it says so or because of its tools: where both do, one
        of the two.

        Raises: InvalidRequestError, for what this model's form can't give.
        """
        if not request.tools:
            return request.grammar
        is_required = request.tool_choice == "required"
        if self.tools is None:
            if is_required:
                raise InvalidRequestError("this model's chat template knows no tools", param="tool_choice")
            return request.grammar
        if request.forced_tool:  # by name it is one call, as OpenAI has it
            tools, is_parallel = only(request.tools, request.forced_tool), False
        else:
            tools, is_parallel = list(request.tools), request.has_parallel_calls
        if request.grammar is None or is_required:  # calls have no text that could have a form
            return tool_grammar(tools, self.tools, is_required=is_required, is_parallel=is_parallel)
        if not self.tools.begin:
            param = request.grammar.param
            raise InvalidRequestError(
                f"this model announces its calls by nothing, so {param} and tools can't be honoured at once; "
                "send tool_choice 'none' or no tools",
                param=param,
            )
        calls = tool_grammar(tools, self.tools, is_required=True, is_parallel=is_parallel)
        return dataclasses.replace(request.grammar, other=calls)

    def parser(self, request: ChatRequest, *, is_thinking: bool) -> Callable[[], AnswerParser] | None:
        """Return what makes the parsers of the request's answers; None if there is nothing to be parsed."""
        tools = self.tools if request.tools else None
        if request.prompts or (tools is None and not self.has_thoughts):
            return None
        return lambda: AnswerParser(
            tools=tools,
            has_thoughts=self.has_thoughts,
            is_thinking=is_thinking,
            is_either=request.grammar is not None and request.tool_choice == "auto",
            new_call_id=_new_call_id,
        )

    def is_thinking(self, prompt: Sequence[int], bytes_of_token: Callable[[int], bytes]) -> bool:
        """Whether a prompt ends within a thought, which its template has begun."""
        if not self.has_thoughts:
            return False
        tail = b"".join(map(bytes_of_token, prompt[-_NUM_TAIL_TOKENS:]))
        return tail.rstrip().endswith(THOUGHT_BEGIN.encode())


def _new_call_id() -> str:
    return f"call_{uuid.uuid4().hex[:24]}"
