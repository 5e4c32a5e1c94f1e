from __future__ import annotations

import logging

import httpx
import pytest
from fastapi import FastAPI

from app.api.edge import CLIENT_LEFT
from app.observability.logs import TextFormatter, request_id_var
from app.observability.metrics import Metrics
from tests.api.asgi_call import AsgiCall, chat_body, chat_call
from tests.api.fake_service import FakeService


async def test_a_good_request_id_comes_back(client: httpx.AsyncClient) -> None:
    for request_id in ("abc-123", "A.b_c-9", "x" * 128):
        response = await client.get("/healthz", headers={"X-Request-Id": request_id})
        assert response.headers.get_list("x-request-id") == [request_id]


@pytest.mark.parametrize("request_id", ["", "x" * 129, "a b", "a\tb", "é", "<b>", "a,b"])
async def test_any_other_is_replaced(client: httpx.AsyncClient, request_id: str) -> None:
    response = await client.get("/healthz", headers=[(b"x-request-id", request_id.encode())])
    assert len(response.headers["x-request-id"]) == 32
    assert response.headers["x-request-id"] != request_id


@pytest.mark.parametrize("path", ["/nope", "/v1/models/other", "/v1/chat/completions"])
async def test_errors_have_a_request_id_too(client: httpx.AsyncClient, path: str) -> None:
    assert "x-request-id" in (await client.get(path)).headers


async def test_a_request_is_one_line_in_the_log(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    headers = [(b"content-type", b"application/json"), (b"x-request-id", b"my-id")]
    await AsgiCall(app, path="/v1/chat/completions", body=chat_body(stream=True), headers=headers).run()
    (record,) = [record for record in caplog.records if record.name == "app.api.edge"]
    line = record.getMessage()
    assert line.startswith("POST /v1/chat/completions 200 ")
    assert line.endswith("tokens=7+3 (stop)")
    assert vars(record)["completion_tokens"] == 3


async def test_the_request_id_is_set_while_the_request_is_served(app: FastAPI) -> None:
    seen: list[str] = []

    @app.get("/probe")
    async def probe() -> None:
        seen.append(request_id_var.get())

    await AsgiCall(app, path="/probe", method="GET", headers=[(b"x-request-id", b"my-id")]).run()
    assert seen == ["my-id"]


async def test_a_path_cannot_write_lines_of_its_own_into_the_log(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="app.api.edge")
    await AsgiCall(app, path="/x\r\nERROR forged\u2028" + "y" * 9999, method="GET").run()
    (record,) = [record for record in caplog.records if record.name == "app.api.edge"]
    line = TextFormatter().format(record)
    assert len(line.splitlines()) == 1
    assert "forged" in line
    assert len(line) < 500


async def test_a_path_that_is_not_ours_is_not_logged_unless_everything_is(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await AsgiCall(app, path="/some-key-by-mistake", method="GET").run()
    (record,) = [record for record in caplog.records if record.name == "app.api.edge"]
    assert "some-key" not in str(vars(record))


async def test_health_checks_do_not_fill_the_log(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await client.get("/healthz")
    await client.get("/metrics")
    assert [record for record in caplog.records if record.name == "app.api.edge"] == []


async def test_a_bug_is_500_in_openais_shape_and_logged_once(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    @app.get("/bug")
    async def bug() -> None:
        raise ZeroDivisionError("secret")

    call = AsgiCall(app, path="/bug", method="GET")
    await call.run()
    assert call.status == 500
    assert call.json["error"]["code"] == "internal_error"
    assert "secret" not in call.text
    assert len([record for record in caplog.records if record.exc_info]) == 1


async def test_requests_are_counted_by_route_and_status(app: FastAPI, service: FakeService) -> None:
    metrics: Metrics = app.state.metrics
    await chat_call(app).run()
    await AsgiCall(app, path="/v1/models/some-name", method="GET").run()
    await AsgiCall(app, path="/nope", method="GET").run()
    service.chat.blocks_in_open = True
    left = chat_call(app)
    left.disconnect()
    await left.run()

    def count(method: str, route: str, status: int) -> float:
        name = "unblocked_http_request_seconds_count"
        return metrics.value(name, method=method, route=route, status=str(status))

    assert count("POST", "/v1/chat/completions", 200) == 1
    assert count("GET", "/v1/models/{model_id:path}", 404) == 1
    assert count("GET", "(no route)", 404) == 1
    assert count("POST", "/v1/chat/completions", CLIENT_LEFT) == 1
    assert b"some-name" not in metrics.render()
