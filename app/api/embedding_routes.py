"""POST /v1/embeddings, where a second model is configured.

Annotations are real objects here, not strings: those of a nested function FastAPI could not look up.
"""

import asyncio
import base64
from collections.abc import Sequence
from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Depends, Request
from starlette.responses import Response

from app.api.answer_schemas import ERROR_RESPONSES
from app.api.auth import owner_of
from app.api.disconnect import CancelOnDisconnect
from app.api.embedding_schemas import EmbeddingsAnswer, EmbeddingsRequest
from app.api.examples import embedding_examples
from app.api.json_route import JsonRoute
from app.api.rate_limiting import CHARS_PER_TOKEN, take_tokens
from app.api.request_log import request_log_of
from app.api.service_protocol import ServiceLike, check_model, service_of
from app.api.time_limit import time_limit_s
from app.errors import NoEmbeddingModelError
from app.service.requests import EmbeddingRequest, Embeddings, Usage

# A millisecond or less a piece; between two pieces the event loop gets a turn.
_FLOATS_PER_PIECE = 16_384


def build_embedding_router(*, model_name: str) -> APIRouter:
    """Return the route. `model_name` only fills the examples."""
    router = APIRouter(route_class=JsonRoute, tags=["embeddings"], responses=ERROR_RESPONSES)

    @router.post(
        "/v1/embeddings",
        summary="Vectors of texts",
        response_model=None,
        responses={200: {"model": EmbeddingsAnswer, "description": "One vector of each input."}},
    )
    async def create_embeddings(
        body: Annotated[EmbeddingsRequest, Body(openapi_examples=embedding_examples(model_name))],
        http: Request,
        service: Annotated[ServiceLike, Depends(service_of)],
    ) -> Response:
        """Make a vector of each input, as OpenAI's API does. An input that is too long is refused, never cut."""
        embeddings = service.embeddings
        if embeddings is None:
            raise NoEmbeddingModelError
        check_model(body.model, embeddings.model)
        inputs = body.inputs
        num_chars = sum(len(one) * (1 if isinstance(one, str) else CHARS_PER_TOKEN) for one in inputs)
        take_tokens(http.scope, num_chars=num_chars, max_tokens=0)
        request = EmbeddingRequest(
            inputs, dimensions=body.dimensions, owner=owner_of(http.scope), timeout_s=time_limit_s(http.scope)
        )
        async with CancelOnDisconnect(http.receive):
            found = await embeddings.embed(request)
            notes = request_log_of(http.scope)
            notes.usage, notes.outcome = Usage(found.num_tokens, 0), "stop"
            content = await _answer(found, embeddings.model.name, is_base64=body.encoding_format == "base64")
        return Response(content, media_type="application/json")

    return router


async def _answer(found: Embeddings, model: str, *, is_base64: bool) -> bytes:
    data: list[bytes] = []
    per_piece = max(1, _FLOATS_PER_PIECE // (len(found.vectors[0]) // 4))
    for first in range(0, len(found.vectors), per_piece):
        data += _objects(found.vectors[first : first + per_piece], first=first, is_base64=is_base64)
        await asyncio.sleep(0)
    usage = {"prompt_tokens": found.num_tokens, "total_tokens": found.num_tokens}
    head = orjson.dumps({"object": "list", "model": model, "usage": usage})
    return head[:-1] + b',"data":[' + b",".join(data) + b"]}"


def _objects(vectors: Sequence[bytes], *, first: int, is_base64: bool) -> list[bytes]:
    return [
        orjson.dumps(
            {
                "object": "embedding",
                "index": index,
                "embedding": base64.b64encode(vector).decode() if is_base64 else memoryview(vector).cast("f").tolist(),
            }
        )
        for index, vector in enumerate(vectors, start=first)
    ]
