"""Messages to token ids: rendered through the model's chat template and encoded, each where its size fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from app.concurrency.placement import Placement
from app.service.chat_template import ChatTemplate, Conversation
from app.service.text_encoder import PromptOptions, TextEncoder, text_size
from app.service.tokenizer_worker import encode_pieces


class PromptEncoder(TextEncoder):
    """Encodes prompts for one model. Text in messages and texts never becomes a control token.

    Raises: ConfigurationError, if the tokenizer is not a fast one or has no chat template.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, options: PromptOptions | None = None) -> None:
        super().__init__(tokenizer, options)
        self._template = ChatTemplate(tokenizer, self._control_tokens)
        # The tokenizer's own frame around nothing: a beginning-of-text token, or none. An end would end the text.
        self._opening_ids = [
            token_id for token_id in self._inline_tokenizer.encode("").ids if token_id != tokenizer.eos_token_id
        ]

    @property
    def template_source(self) -> str:
        """The model's chat template, as Jinja text."""
        return self._template.source

    async def encode_chat(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        template_kwargs: Mapping[str, Any] | None = None,
        add_generation_prompt: bool = True,
    ) -> list[int]:
        """Render messages through the chat template and return the prompt's token ids.

        Raises: InvalidRequestError, QueueFullError, WorkTimedOutError, WorkerLostError, PoolClosedError.
        """
        conversation = Conversation(messages, tools, template_kwargs or {}, add_generation_prompt)
        size = text_size((messages, tools, template_kwargs), limit=self._options.process_min_chars)
        match self._place(size):
            case Placement.INLINE:
                return self._encode_conversation(self._inline_tokenizer, conversation)
            case Placement.THREAD:
                return await self._threads.run(self._encode_conversation, conversation)
            case Placement.PROCESS:
                pieces = await self._threads.run(lambda _: self._template.render(conversation))
                return (await self._encode_in_process([pieces]))[0]

    async def encode_prompts(self, texts: Sequence[str]) -> list[list[int]]:
        """Encode texts that a model is to continue, with the token before them that it expects at a beginning, if any.

        Raises: as `encode_chat`.
        """
        return [self._opening_ids + ids for ids in await self.encode_texts(texts)]

    def _encode_conversation(self, tokenizer: Tokenizer, conversation: Conversation) -> list[int]:
        return encode_pieces(tokenizer, [self._template.render(conversation)])[0]
