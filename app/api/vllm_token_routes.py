"""POST /tokenize and POST /detokenize as vLLM has them, for tools that know it; /v1/tokenize does more."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Depends, Request
from starlette.responses import Response

from app.api.answer_schemas import ERROR_RESPONSES, VllmDetokenizeAnswer, VllmTokenizeAnswer
from app.api.disconnect import CancelOnDisconnect
from app.api.examples import vllm_detokenize_examples, vllm_tokenize_examples
from app.api.json_route import JsonRoute
from app.api.service_protocol import ServiceLike, check_model, service_of
from app.api.token_json import dump_ids
from app.api.token_schemas import VllmDetokenizeRequest, VllmTokenizeRequest
from app.api.translate import to_messages, to_tools
from app.errors import InvalidRequestError

router = APIRouter(route_class=JsonRoute, tags=["tokens"], responses=ERROR_RESPONSES)

_MAX_STRINGS = 4096  # each is a call to the tokenizer


@router.post(
    "/tokenize",
    summary="Text to token ids, vLLM's way",
    response_model=None,
    responses={200: {"model": VllmTokenizeAnswer}},
)
async def tokenize(
    body: Annotated[VllmTokenizeRequest, Body(openapi_examples=vllm_tokenize_examples())],
    request: Request,
    service: Annotated[ServiceLike, Depends(service_of)],
) -> Response:
    """Return the tokens of a prompt, or of messages as the model sees them."""
    check_model(body.model, service.model)
    async with CancelOnDisconnect(request.receive):
        ids = await _encode(body, service)
        if body.return_token_strs and len(ids) > _MAX_STRINGS:
            raise InvalidRequestError(
                f"return_token_strs is for at most {_MAX_STRINGS} tokens; these are {len(ids)}",
                param="return_token_strs",
            )
        answer: dict[str, object] = {"count": len(ids), "max_model_len": service.model.max_model_len}
        answer["tokens"] = orjson.Fragment(await dump_ids(ids))
        answer["token_strs"] = None
        if body.return_token_strs:
            answer["token_strs"] = [await service.prompts.decode([token_id]) for token_id in ids]
    return Response(orjson.dumps(answer), media_type="application/json")


@router.post(
    "/detokenize",
    summary="Token ids to text, vLLM's way",
    response_model=None,
    responses={200: {"model": VllmDetokenizeAnswer}},
)
async def detokenize(
    body: Annotated[VllmDetokenizeRequest, Body(openapi_examples=vllm_detokenize_examples())],
    service: Annotated[ServiceLike, Depends(service_of)],
) -> Response:
    """Return the text of token ids."""
    check_model(body.model, service.model)
    return Response(orjson.dumps({"prompt": await service.prompts.decode(body.tokens)}), media_type="application/json")


async def _encode(body: VllmTokenizeRequest, service: ServiceLike) -> list[int]:
    if body.messages is not None:
        return await service.prompts.encode_chat(
            to_messages(body.messages), tools=to_tools(body.tools), add_generation_prompt=body.add_generation_prompt
        )
    encode = service.prompts.encode_texts if body.add_special_tokens is False else service.prompts.encode_prompts
    return (await encode([body.prompt or ""]))[0]
