"""A FastAPI route whose JSON body is read by strict_json instead of the standard library on the event loop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope

from app.api.strict_json import parse_body
from app.api.wire import RequestModel


class ParsedRequest(Request):
    """A request whose body was read and parsed before FastAPI asked for it."""

    def __init__(self, scope: Scope, receive: Receive, *, raw: bytes, value: Any) -> None:
        super().__init__(scope, receive)
        self._raw = raw
        self._value = value

    async def body(self) -> bytes:
        """Return the bytes that came."""
        return self._raw

    async def json(self) -> Any:
        """Return the value that they stand for."""
        return self._value


class JsonRoute(APIRoute):
    """Reads the body of routes that take one. Raises: InvalidRequestError; HTTPException 415, if it isn't JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the route's handler with the body's reading put before it."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        schema = _schema(self.body_field.field_info.annotation)

        async def read_then_handle(request: Request) -> Response:
            _check_content_type(request)
            raw = await request.body()
            value = await parse_body(raw)
            if request.app.state.ignores_unknown_fields and schema is not None:
                value = schema.without_unknown_fields(value)
            return await handle(ParsedRequest(request.scope, request.receive, raw=raw, value=value))

        return read_then_handle


def _check_content_type(request: Request) -> None:
    # Also keeps a foreign web page from posting here: browsers ask first for any type but a form's or plain text.
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "send the body as JSON, with the header 'content-type: application/json'")


def _schema(annotation: Any) -> type[RequestModel] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, RequestModel) else None
