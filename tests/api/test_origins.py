from __future__ import annotations

import pytest
from fastapi import FastAPI

from app.api.answer_schemas import ErrorAnswer
from app.api.origins import TrustedNames
from app.main import create_app
from app.settings import Settings
from tests.api.asgi_call import AsgiCall, chat_body
from tests.api.fake_service import FakeService, make_factory

PAGE = "https://page.example"


def make_app(service: FakeService, **fields: str) -> FastAPI:
    app = create_app(Settings(_env_file=None, **fields), service_factory=make_factory(service))  # type: ignore[arg-type]
    app.state.service = service
    return app


async def ask(
    app: FastAPI, *headers: tuple[str, str], host: str = "localhost:8000", method: str = "POST", path: str = ""
) -> AsgiCall:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    call = AsgiCall(
        app,
        path=path or "/v1/chat/completions",
        method=method,
        body=chat_body(),
        headers=[(b"content-type", b"application/json"), *raw],
        host=host.encode("latin-1"),
    )
    await call.run()
    return call


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "localhost.", "127.0.0.1", "10.0.0.7:80", "[::1]", "[fe80::1]:8000", "[::1]:1"]
)
def test_localhost_and_addresses_are_always_trusted(host: str) -> None:
    assert TrustedNames(()).has(host)


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", "localhost.evil.example", "evil-localhost", "127.0.0.1.evil.example", "localhost:x",
        "localhost:", "localhost:123456", "localhost:80:80", "localhost/x", "localhost#", "x@localhost", "[::1",
        "[::1]x", "[localhost]x", "127.1", "2130706433", "0x7f.1", "local host", "localhost\xa0", "*",
        "localhost:\u0661",
    ],
)  # fmt: skip
def test_any_other_name_is_not(host: str) -> None:
    assert not TrustedNames(()).has(host)


def test_names_can_be_added_whole_by_suffix_or_all() -> None:
    names = TrustedNames(["api.example.org", "*.Example.com"])
    assert names.has("API.example.org:443")
    assert names.has("a.example.com")
    assert names.has("b.a.example.com")
    assert not names.has("example.com")
    assert not names.has("example.org")
    assert not names.has("aexample.com")
    assert TrustedNames(["*"]).has("anything")


def test_a_name_longer_than_any_in_dns_is_not_looked_at() -> None:
    names = TrustedNames(["*.example.com"])
    assert names.has(f"{'a.' * 120}example.com:443")
    assert not names.has(f"{'a.' * 122}example.com")


async def test_a_rebound_name_is_421_and_never_repeated(app: FastAPI, service: FakeService) -> None:
    call = await ask(app, host="canary.example")
    assert call.status == 421
    assert ErrorAnswer.model_validate(call.json).error.code == "wrong_host"
    assert "canary" not in call.text
    assert service.chat.requests == []


async def test_a_forwarded_host_does_not_count(app: FastAPI) -> None:
    assert (await ask(app, ("x-forwarded-host", "localhost"), host="evil.example")).status == 421
    assert (await ask(app, ("x-forwarded-host", "evil.example"))).status == 200


async def test_the_names_of_the_settings_are_trusted(service: FakeService) -> None:
    app = make_app(service, trusted_hosts="a.example, *.b.example", host="box.example")
    for host, status in (("a.example", 200), ("x.b.example", 200), ("box.example", 200), ("c.example", 421)):
        assert (await ask(app, host=host)).status == status


@pytest.mark.parametrize(
    "headers",
    [
        [("origin", PAGE)],
        [("origin", "null")],
        [("origin", "")],
        [("origin", "http://localhost:3000")],
        [("origin", "http://localhost")],
        [("origin", "http://localhost:8000.evil.example")],
        [("origin", "http://localhost:8000"), ("origin", PAGE)],
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET", "OPTIONS"])
async def test_a_foreign_page_is_403(
    app: FastAPI, service: FakeService, headers: list[tuple[str, str]], method: str
) -> None:
    call = await ask(app, *headers, method=method)
    assert call.status == 403
    assert ErrorAnswer.model_validate(call.json).error.code == "foreign_origin"
    assert "access-control-allow-origin" not in call.headers
    assert service.chat.requests == []


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("origin", "http://localhost:8000"), ("sec-fetch-site", "same-origin")],
        [("origin", "https://localhost:8000")],  # a proxy ended TLS
        [("sec-fetch-site", "none")],
    ],
)
async def test_this_servers_own_page_and_programs_are_served(app: FastAPI, headers: list[tuple[str, str]]) -> None:
    assert (await ask(app, *headers)).status == 200


async def test_a_link_elsewhere_may_lead_to_the_page(app: FastAPI) -> None:
    assert (await ask(app, ("sec-fetch-site", "cross-site"), method="GET", path="/")).status == 200
    assert (await ask(app, ("sec-fetch-site", "cross-site"), method="GET", path="/metrics")).status == 403


async def test_a_page_that_is_allowed_may_ask_without_credentials(service: FakeService) -> None:
    app = make_app(service, cors_origins=f"{PAGE}, https://other.example")
    preflight = await ask(
        app,
        ("origin", PAGE),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type"),
        method="OPTIONS",
    )
    assert preflight.status == 200
    assert preflight.headers["access-control-allow-origin"] == PAGE
    call = await ask(app, ("origin", PAGE), ("sec-fetch-site", "cross-site"))
    assert call.status == 200
    assert call.headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-credentials" not in call.headers | preflight.headers
    assert (await ask(app, ("origin", "https://third.example"))).status == 403


async def test_any_origin_is_never_allowed_together_with_credentials(service: FakeService) -> None:
    call = await ask(make_app(service, cors_origins="*"), ("origin", PAGE), ("cookie", "a=b"))
    assert call.status == 200
    assert "access-control-allow-credentials" not in call.headers
