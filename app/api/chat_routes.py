"""POST /v1/chat/completions.

Annotations are real objects here, not strings: those of a nested function FastAPI could not look up.
"""

import uuid
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request

from app.api.answer_schemas import ERROR_RESPONSES, ChatCompletion
from app.api.auth import owner_of
from app.api.chat_schemas import ChatCompletionRequest
from app.api.chat_writer import AnswerHead, ChatWriter
from app.api.completion_answer import CompletionAnswer
from app.api.examples import chat_examples
from app.api.json_route import JsonRoute
from app.api.rate_limiting import take_tokens
from app.api.service_protocol import ServiceLike, check_model, service_of
from app.api.time_limit import time_limit_s
from app.api.translate import to_chat_request

CHAT_PATH = "/v1/chat/completions"

_EVENT_SCHEMA = {
    "type": "object",
    "properties": {"data": {"type": "string", "description": "A chat completion chunk as JSON; at the end [DONE]."}},
    "required": ["data"],
}


def build_chat_router(*, model_name: str, ping_interval_s: float, default_max_tokens: int) -> APIRouter:
    """Return the chat routes. `model_name` only fills the examples; `ping_interval_s` is in seconds."""
    router = APIRouter(route_class=JsonRoute, tags=["chat"], responses=ERROR_RESPONSES)

    @router.post(
        CHAT_PATH,
        summary="Chat completion, streamed or whole",
        response_model=None,
        responses={
            200: {
                "model": ChatCompletion,
                "description": "The answer; server-sent events if stream is true.",
                "content": {"text/event-stream": {"itemSchema": _EVENT_SCHEMA}},
            }
        },
    )
    async def create_chat_completion(
        body: Annotated[ChatCompletionRequest, Body(openapi_examples=chat_examples(model_name))],
        http: Request,
        service: Annotated[ServiceLike, Depends(service_of)],
    ) -> CompletionAnswer:
        """Answer a conversation, as OpenAI's API does.

        What OpenAI knows and this server does not support is refused by name, never ignored.
        """
        check_model(body.model, service.model)
        request = to_chat_request(
            body,
            request_id=f"chatcmpl-{uuid.uuid4().hex}",
            owner=owner_of(http.scope),
            timeout_s=time_limit_s(http.scope),
        )
        take_tokens(
            http.scope,
            num_chars=sum(len(message["content"] or "") for message in request.messages),
            max_tokens=request.num_choices * min(request.max_tokens or default_max_tokens, service.model.max_model_len),
        )
        writer = ChatWriter(
            AnswerHead(request.request_id, service.model.name, service.model.fingerprint),
            num_choices=request.num_choices,
            has_usage=body.is_usage_wanted,
            has_logprobs=bool(body.logprobs),
        )
        return CompletionAnswer(
            service.chat,
            request,
            writer=writer,
            is_stream=bool(body.stream),
            has_running_usage=body.is_running_usage_wanted,
            ping_interval_s=ping_interval_s,
        )

    return router
