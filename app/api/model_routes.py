"""GET /v1/models and GET /v1/models/{id}."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from app.api.answer_schemas import ERROR_RESPONSES, ModelAnswer, ModelList
from app.api.service_protocol import ServiceLike, service_of
from app.api.wire import MAX_NAME_CHARS
from app.errors import ModelNotFoundError
from app.service.requests import ServedModel

router = APIRouter(tags=["models"], responses=ERROR_RESPONSES)


@router.get("/v1/models", summary="The models served here")
async def list_models(service: Annotated[ServiceLike, Depends(service_of)]) -> ModelList:
    """Return the model that this server has and, where there is one, its embedding model."""
    return ModelList(data=[_to_answer(model) for model in _models(service)])


@router.get("/v1/models/{model_id:path}", summary="One model")
async def get_model(
    model_id: Annotated[str, Path(max_length=MAX_NAME_CHARS)], service: Annotated[ServiceLike, Depends(service_of)]
) -> ModelAnswer:
    """Return a model by its name."""
    for model in _models(service):
        if model_id == model.name:
            return _to_answer(model)
    raise ModelNotFoundError(served=service.model.name)


def _models(service: ServiceLike) -> list[ServedModel]:
    return [service.model] if service.embeddings is None else [service.model, service.embeddings.model]


def _to_answer(model: ServedModel) -> ModelAnswer:
    return ModelAnswer(
        id=model.name, created=model.created_s, max_model_len=model.max_model_len, engine=model.engine_kind
    )
