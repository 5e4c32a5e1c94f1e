"""POST /v1/tokenize and POST /v1/detokenize."""

from __future__ import annotations

import time
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Depends, Request
from starlette.responses import Response

from app.api.answer_schemas import ERROR_RESPONSES, DetokenizeAnswer, TokenizeAnswer
from app.api.disconnect import CancelOnDisconnect
from app.api.examples import detokenize_examples, tokenize_examples
from app.api.json_route import JsonRoute
from app.api.request_log import request_log_of
from app.api.service_protocol import ServiceLike, check_model, service_of
from app.api.token_json import dump_id_lists, dump_ids
from app.api.token_schemas import DetokenizeRequest, TokenizeRequest
from app.api.translate import to_messages, to_tools

router = APIRouter(route_class=JsonRoute, tags=["tokens"], responses=ERROR_RESPONSES)


@router.post(
    "/v1/tokenize", summary="Text to token ids", response_model=None, responses={200: {"model": TokenizeAnswer}}
)
async def tokenize(
    body: Annotated[TokenizeRequest, Body(openapi_examples=tokenize_examples())],
    request: Request,
    service: Annotated[ServiceLike, Depends(service_of)],
) -> Response:
    """Count and return the tokens of a text, of up to 10,000 texts, or of messages as the model sees them."""
    check_model(body.model, service.model)
    started_s = time.monotonic()
    async with CancelOnDisconnect(request.receive):
        if body.texts is not None:
            lists = await service.prompts.encode_texts(body.texts)
            counts = [len(token_ids) for token_ids in lists]
            fields: dict[str, Any] = {"count": sum(counts), "counts": counts}
            token_ids = await dump_id_lists(lists) if body.return_token_ids else None
        else:
            ids = await _encode_one(body, service)
            fields = {"count": len(ids)}
            token_ids = await dump_ids(ids) if body.return_token_ids else None
    request_log_of(request.scope).timings_s["tokenize"] = time.monotonic() - started_s
    if token_ids is not None:
        fields["token_ids"] = orjson.Fragment(token_ids)
    answer = {"model": service.model.name, "max_model_len": service.model.max_model_len, **fields}
    return Response(orjson.dumps(answer), media_type="application/json")


@router.post(
    "/v1/detokenize", summary="Token ids to text", response_model=None, responses={200: {"model": DetokenizeAnswer}}
)
async def detokenize(
    body: Annotated[DetokenizeRequest, Body(openapi_examples=detokenize_examples())],
    service: Annotated[ServiceLike, Depends(service_of)],
) -> Response:
    """Return the text of token ids."""
    check_model(body.model, service.model)
    text = await service.prompts.decode(body.token_ids)
    return Response(orjson.dumps({"model": service.model.name, "text": text}), media_type="application/json")


async def _encode_one(body: TokenizeRequest, service: ServiceLike) -> list[int]:
    if body.text is not None:
        return (await service.prompts.encode_texts([body.text]))[0]
    return await service.prompts.encode_chat(
        to_messages(body.messages or ()), tools=to_tools(body.tools), add_generation_prompt=body.add_generation_prompt
    )
