"""POST /v1/responses, without what needs a server that remembers.

Annotations are real objects here, not strings: those of a nested function FastAPI could not look up.
"""

import uuid
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request

from app.api.answer_schemas import ERROR_RESPONSES, EVENT_STREAM
from app.api.auth import owner_of
from app.api.completion_answer import CompletionAnswer
from app.api.examples import response_examples
from app.api.json_route import JsonRoute
from app.api.rate_limiting import take_tokens
from app.api.response_answers import ResponseAnswer
from app.api.response_schemas import ResponseRequest
from app.api.response_translate import response_to_chat_request
from app.api.response_writer import ResponseWriter
from app.api.service_protocol import ServiceLike, check_model, service_of
from app.api.time_limit import time_limit_s

RESPONSE_PATH = "/v1/responses"


def build_response_router(*, model_name: str, ping_interval_s: float, default_max_tokens: int) -> APIRouter:
    """Return the route. `model_name` only fills the examples; `ping_interval_s` is in seconds."""
    router = APIRouter(route_class=JsonRoute, tags=["responses"], responses=ERROR_RESPONSES)

    @router.post(
        RESPONSE_PATH,
        summary="Response, streamed or whole",
        response_model=None,
        responses={
            200: {
                "model": ResponseAnswer,
                "description": "The answer; typed events if stream is true.",
                "content": EVENT_STREAM,
            }
        },
    )
    async def create_response(
        body: Annotated[ResponseRequest, Body(openapi_examples=response_examples(model_name))],
        http: Request,
        service: Annotated[ServiceLike, Depends(service_of)],
    ) -> CompletionAnswer:
        """Answer a text or a list of items, as OpenAI's Responses API does; nothing is stored.

        What needs a server that remembers (store, previous_response_id, background) is refused by name.
        """
        check_model(body.model, service.model)
        key = uuid.uuid4().hex
        request = response_to_chat_request(
            body, request_id=f"resp_{key}", owner=owner_of(http.scope), timeout_s=time_limit_s(http.scope)
        )
        take_tokens(
            http.scope,
            num_chars=sum(len(message["content"] or "") for message in request.messages),
            max_tokens=min(request.max_tokens or default_max_tokens, service.model.max_model_len),
        )
        return CompletionAnswer(
            service.chat,
            request,
            writer=ResponseWriter(body, key=key),
            is_stream=bool(body.stream),
            ping_interval_s=ping_interval_s,
        )

    return router
