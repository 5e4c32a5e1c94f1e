"""POST /v1/completions.

Annotations are real objects here, not strings: those of a nested function FastAPI could not look up.
"""

import uuid
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request

from app.api.answer_schemas import ERROR_RESPONSES, EVENT_STREAM, TextCompletion
from app.api.auth import owner_of
from app.api.chat_writer import AnswerHead
from app.api.completion_answer import CompletionAnswer
from app.api.examples import text_examples
from app.api.json_route import JsonRoute
from app.api.rate_limiting import CHARS_PER_TOKEN, take_tokens
from app.api.service_protocol import ServiceLike, check_model, service_of
from app.api.text_schemas import TextCompletionRequest
from app.api.text_writer import TextWriter
from app.api.time_limit import time_limit_s
from app.api.translate import to_text_request
from app.service.requests import ChatRequest

TEXT_PATH = "/v1/completions"


def build_text_router(*, model_name: str, ping_interval_s: float) -> APIRouter:
    """Return the route. `model_name` only fills the examples; `ping_interval_s` is in seconds."""
    router = APIRouter(route_class=JsonRoute, tags=["text"], responses=ERROR_RESPONSES)

    @router.post(
        TEXT_PATH,
        summary="Text completion, streamed or whole",
        response_model=None,
        responses={
            200: {
                "model": TextCompletion,
                "description": "The answer; server-sent events if stream is true.",
                "content": EVENT_STREAM,
            }
        },
    )
    async def create_completion(
        body: Annotated[TextCompletionRequest, Body(openapi_examples=text_examples(model_name))],
        http: Request,
        service: Annotated[ServiceLike, Depends(service_of)],
    ) -> CompletionAnswer:
        """Continue texts or token ids as they stand, as OpenAI's older API does. For chat use /v1/chat/completions."""
        check_model(body.model, service.model)
        request = to_text_request(
            body,
            request_id=f"cmpl-{uuid.uuid4().hex}",
            owner=owner_of(http.scope),
            timeout_s=time_limit_s(http.scope),
        )
        take_tokens(
            http.scope,
            num_chars=sum(len(p) * (1 if isinstance(p, str) else CHARS_PER_TOKEN) for p in request.prompts),
            max_tokens=len(request.prompts) * request.num_choices * (request.max_tokens or 1),
        )
        writer = TextWriter(
            AnswerHead(request.request_id, service.model.name, service.model.fingerprint),
            num_choices=len(request.prompts) * request.num_choices,
            echoes=await _echoes(request, service) if body.echo else ("",),
            has_text=body.max_tokens != 0,
            has_usage=body.is_usage_wanted,
            has_logprobs=body.logprobs is not None,
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


async def _echoes(request: ChatRequest, service: ServiceLike) -> list[str]:
    return [prompt if isinstance(prompt, str) else await service.prompts.decode(prompt) for prompt in request.prompts]
