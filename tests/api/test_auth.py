"""The border of the API: everything needs a key that is not named as open, however it is asked for."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.answer_schemas import ErrorAnswer
from app.api.api_keys import key_line
from app.api.page_routes import WEB_FOLDER
from app.errors import ConfigurationError
from app.main import create_app, open_paths, read_keys
from app.settings import Settings
from tests.api.asgi_call import AsgiCall, chat_body
from tests.api.fake_service import FakeService, make_factory

KEY, OTHER_KEY = "ub-alices-key-canary", "ub-bobs-key-canary"
KEYS = f"{key_line(KEY, name='alice')},{key_line(OTHER_KEY, name='bob')}"
PARTS = {f"/web/{file.name}" for file in WEB_FOLDER.iterdir() if file.suffix in {".css", ".js", ".svg"}}
OPEN = {"/", "/docs", "/health", "/healthz", "/readyz"} | PARTS
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "FOO"]


@pytest.fixture
def settings() -> Settings:
    return Settings(api_keys=KEYS, lab_enabled=True, _env_file=None)


def bearer(key: str) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", b"application/json"), (b"authorization", b"Bearer " + key.encode())]


async def ask(
    app: Any, path: str, *, method: str = "GET", headers: Any = (), body: bytes = b"", **more: Any
) -> AsgiCall:
    call = AsgiCall(app, path=path, method=method, headers=headers, body=body, **more)
    if not body:
        call.push(b"", more_body=False)
    await call.run()
    return call


def paths_of(routes: Iterable[Any]) -> Iterator[str]:
    for route in routes:
        if hasattr(route, "original_router"):  # an included router
            yield from paths_of(route.original_router.routes)
        else:
            yield route.path


def every_path(app: FastAPI) -> list[str]:
    paths = {*paths_of(app.routes), *app.openapi()["paths"]}
    paths |= {path.replace("{model_id:path}", "tutor").replace("{model_id}", "a/b") for path in paths}
    assert {"/v1/chat/completions", "/metrics", "/openapi.json", "/lab/gil", "/"} <= paths
    return sorted(paths)


async def test_every_route_but_the_open_ones_is_closed_to_every_method(app: FastAPI) -> None:
    for path in every_path(app):
        for method in METHODS:
            call = await ask(app, path, method=method)
            assert (call.status == 401) is (path not in OPEN), f"{method} {path}: {call.status}"


TRICKS = [
    "/nope", "/v2/chat/completions", "/inference", "/invocations", "/admin", "", "*", "//", "/.", "//v1/models",
    "/v1//models", "/v1/models/", "/V1/models", "/v1/./models", "/healthz/../v1/models", "/healthz/", "//healthz",
    "/healthz;x", "/healthz?x", "/healthz#", "/healthz\x00", "/healthz/v1/models", "/web/",
    "/web/../v1/models", "/web/key.js/../../metrics", "/%76%31/models", "/v1%2fmodels", "/docs/", "/redoc",
    "/docs/oauth2-redirect",
    "/openapi.json", "http://localhost/healthz", "http://evil/v1/models", "/\u212aealthz", "/healthz\u200b",
    " /healthz", "/healthz ",
]  # fmt: skip


@pytest.mark.parametrize("path", TRICKS)
async def test_unknown_and_crooked_paths_are_closed_too(app: FastAPI, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        assert (await ask(app, path, method=method)).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        [(b"x-forwarded-host", b"localhost/healthz")],
        [(b"x-original-url", b"/healthz")],
        [(b"x-rewrite-url", b"/healthz")],
        [(b"x-forwarded-prefix", b"/healthz")],
        [(b"x-http-method-override", b"OPTIONS")],
        [(b"origin", b"http://localhost"), (b"access-control-request-method", b"GET")],
    ],
    ids=lambda headers: headers[0][0].decode(),
)
async def test_no_header_opens_a_route(app: FastAPI, headers: list[tuple[bytes, bytes]]) -> None:
    assert (await ask(app, "/v1/models", headers=headers)).status == 401


@pytest.mark.parametrize("host", [b"localhost/healthz?", b"localhost/healthz#", b"localhost:80/healthz?x="])
async def test_a_host_header_that_forges_the_url_opens_nothing(app: FastAPI, host: bytes) -> None:
    assert (await ask(app, "/v1/models", host=host)).status in {400, 401, 421}


@pytest.mark.parametrize(
    "values",
    [
        [],
        [b""],
        [b"Bearer"],
        [b"Bearer "],
        [b"Bearer  "],
        [KEY.encode()],
        [b"Basic " + KEY.encode()],
        [b"Bearer" + KEY.encode()],
        [b"Bearer " + KEY.encode()[:-1]],
        [b"Bearer " + KEY.encode() + b"x"],
        [b"Bearer " + KEY.upper().encode()],
        [b"Bearer " + KEY.encode() + b", Bearer x"],
        [b"Bearer " + KEY.encode(), b"Bearer " + KEY.encode()],
        [b"Bearer x", b"Bearer " + KEY.encode()],
        [b"Bearer \xff\xfe\x00"],
        [b"Bearer " + b"x" * 60_000],
        [b"Bearer " + key_line(KEY, name="alice").encode()[:64]],
    ],
)
async def test_anything_but_one_good_key_is_401_in_openais_shape(app: FastAPI, values: list[bytes]) -> None:
    call = await ask(app, "/v1/models", headers=[(b"authorization", value) for value in values])
    assert call.status == 401
    assert call.headers["www-authenticate"].startswith("Bearer")
    error = ErrorAnswer.model_validate(call.json).error
    assert (error.type, error.code) == ("invalid_request_error", "invalid_api_key")
    assert "canary" not in call.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("key", [KEY, OTHER_KEY])
async def test_each_good_key_opens_every_route(app: FastAPI, scheme: str, key: str) -> None:
    headers = [(b"authorization", f"{scheme} {key}".encode())]
    for path in ("/v1/models", "/metrics", "/openapi.json"):
        assert (await ask(app, path, headers=headers)).status == 200
    assert (await ask(app, "/nope", headers=headers)).status == 404


async def test_a_body_is_not_read_before_the_key_is_known(app: FastAPI) -> None:
    call = AsgiCall(app, path="/v1/chat/completions")  # its body never comes
    await call.run()
    assert call.status == 401


async def test_what_is_asked_belongs_to_the_keys_owner(app: FastAPI, service: FakeService) -> None:
    for key in (KEY, OTHER_KEY):
        await ask(app, "/v1/chat/completions", method="POST", headers=bearer(key), body=chat_body())
    assert [(request.owner, request.cache_scope) for request in service.chat.requests] == [
        ("alice", "alice"),
        ("bob", "bob"),
    ]


async def test_without_keys_all_is_open_and_owned_by_nobody(service: FakeService) -> None:
    app = create_app(Settings(_env_file=None), service_factory=make_factory(service))
    app.state.service = service
    headers = [(b"content-type", b"application/json")]
    call = await ask(app, "/v1/chat/completions", method="POST", headers=headers, body=chat_body())
    assert call.status == 200
    assert service.chat.requests[0].owner == ""


async def test_web_sockets_are_closed(app: FastAPI) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    await app({"type": "websocket", "path": "/healthz", "headers": []}, receive, send)
    assert [message["type"] for message in sent] == ["websocket.close"]


async def test_no_key_gets_into_the_log(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await ask(app, "/v1/models", headers=bearer(KEY))
    await ask(app, "/v1/models", headers=bearer("wrong-canary"))
    assert len(caplog.records) == 2
    assert "canary" not in "".join(map(str, (vars(record) for record in caplog.records)))


def test_metrics_are_open_only_when_asked_for() -> None:
    assert open_paths(Settings(_env_file=None)) == OPEN
    assert open_paths(Settings(metrics_without_key=True, _env_file=None)) == OPEN | {"/metrics"}


def test_keys_come_from_a_file_and_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(key_line("k1", name="one"))
    keys = read_keys(Settings(api_keys_file=str(file), api_keys=key_line("k2", name="two"), _env_file=None))
    assert len(keys) == 2
    assert all(keys.find(key) is not None for key in (b"k1", b"k2"))
    with pytest.raises(ConfigurationError, match="'one'"):
        read_keys(Settings(api_keys_file=str(file), api_keys=key_line("k2", name="one"), _env_file=None))


@pytest.mark.parametrize("content", [None, b"", b"# nothing\n", b"\xff\xfe", b"ub-secret-in-clear alice"])
def test_a_file_of_keys_that_has_none_stops_the_start_and_never_opens_the_server(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "keys"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="api_keys_file") as caught:
        create_app(Settings(api_keys_file=str(file), _env_file=None))
    assert "secret" not in str(caught.value)


async def test_an_sdk_style_client_gets_in(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app=app)
    headers = {"authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
        assert (await client.get("/v1/models")).json()["data"][0]["id"] == "tutor"
