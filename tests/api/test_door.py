"""The door refuses chat requests that can't be taken before their body is read, gives a sign of life, and no more."""

from __future__ import annotations

import logging

import httpx
import pytest
from fastapi import FastAPI

from app.api.answer_schemas import ErrorAnswer
from app.api.api_keys import KeyRing, key_line, parse_keys
from app.api.door import Door, DoorAnswer
from app.api.origins import TrustedNames
from app.errors import DeadlineUnreachableError, EngineDeadError, OverShareError, QueueFullError, UnblockedError
from app.observability.metrics import Metrics
from tests.api.fake_service import FakeService

CHAT = b"/v1/chat/completions"
KEY = "ub-alices-key"
FULL = QueueFullError("full", retry_after_s=6.2)
LIMIT = (b"x-request-timeout-ms", b"2500")


class Caller:
    """Asks a door in front of a service that refuses, and reads its answers."""

    def __init__(self, refusal: Exception | None, *, keys: str = "") -> None:
        self.service = FakeService()
        self.service.chat.refusal = refusal
        self.metrics = Metrics()
        ring = KeyRing(parse_keys(keys, source="test"))
        self._door = Door(keys=ring, names=TrustedNames([]), metrics=self.metrics, chat=lambda: self.service.chat)

    def ask(
        self, *headers: tuple[bytes, bytes], method: bytes = b"POST", target: bytes = CHAT, keep_alive: bool = True
    ) -> DoorAnswer | None:
        return self._door.answer(method, target, [(b"host", b"localhost"), *headers], keep_alive=keep_alive)


def parsed(found: DoorAnswer | None) -> tuple[int, dict[str, str], ErrorAnswer]:
    assert found is not None
    head, _, body = found.answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ") for line in lines)
    assert int(headers["content-length"]) == len(body)
    return int(first.split()[1]), headers, ErrorAnswer.model_validate_json(body)


@pytest.mark.parametrize(
    ("refusal", "status", "retry_after", "is_last"),
    [
        (FULL, 503, "7", False),
        (DeadlineUnreachableError("late", retry_after_s=0.2), 503, "1", False),
        (OverShareError("share", retry_after_s=3), 429, "3", False),
        (EngineDeadError("dead"), 503, None, True),
    ],
)
def test_a_refusal_is_whole_and_says_when_to_return(
    refusal: UnblockedError, status: int, retry_after: str | None, is_last: bool
) -> None:
    caller = Caller(refusal)
    found = caller.ask()
    found_status, headers, answer = parsed(found)
    assert found_status == status
    assert headers.get("retry-after") == retry_after
    assert len(headers["x-request-id"]) == 32
    assert answer.error.message == str(refusal)
    assert found is not None
    assert found.is_last is (headers.get("connection") == "close") is is_last


def test_completions_of_texts_are_turned_away_too() -> None:
    assert parsed(Caller(FULL).ask(target=b"/v1/completions"))[0] == 503


def test_what_can_be_taken_goes_through() -> None:
    caller = Caller(None)
    assert caller.ask() is None
    assert caller.service.chat.checks == [("", None)]


@pytest.mark.parametrize(
    "other",
    [
        {"target": b"/v1/models"},
        {"target": CHAT + b"?x=1"},
        {"target": CHAT + b"/"},
        {"method": b"GET"},
        {"method": b"OPTIONS"},
    ],
)
def test_nothing_else_is_refused(other: dict[str, bytes]) -> None:
    caller = Caller(FULL)
    assert caller.ask(**other) is None  # type: ignore[arg-type]
    assert not caller.service.chat.checks


def test_it_is_decided_by_the_key_and_the_time_limit_of_the_head() -> None:
    caller = Caller(FULL, keys=key_line(KEY, name="alice"))
    for header in ((b"authorization", b"Bearer wrong"), (b"x-other", b"")):
        assert caller.ask(LIMIT, header) is None  # to be told that it has no key
    assert not caller.service.chat.checks
    assert parsed(caller.ask(LIMIT, (b"authorization", f"Bearer {KEY}".encode())))[0] == 503
    assert caller.service.chat.checks == [("alice", 2.5)]


@pytest.mark.parametrize("header", [(b"x-request-timeout-ms", b"soon"), (b"origin", b"https://page.example")])
def test_who_needs_another_answer_goes_through(header: tuple[bytes, bytes]) -> None:
    assert Caller(FULL).ask(header) is None


def test_a_fault_of_our_own_is_logged_and_left_to_those_behind(caplog: pytest.LogCaptureFixture) -> None:
    assert Caller(MemoryError()).ask() is None
    assert "the door failed" in caplog.text


def test_a_client_that_wants_no_more_than_this_answer_is_told_that_it_is_the_last() -> None:
    found = Caller(FULL).ask(keep_alive=False)
    assert found is not None
    assert found.is_last
    assert parsed(found)[1]["connection"] == "close"


def test_a_good_request_id_comes_back() -> None:
    assert parsed(Caller(FULL).ask((b"x-request-id", b"my-id")))[1]["x-request-id"] == "my-id"


def test_each_refusal_counts_for_its_route_and_a_crowd_of_them_is_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    caller = Caller(FULL)
    for _ in range(20):
        caller.ask()
    labels = {"method": "POST", "route": CHAT.decode(), "status": "503"}
    assert caller.metrics.value("unblocked_http_request_seconds_count", **labels) == 20
    assert len(caplog.records) == 1


def test_the_application_has_a_door_to_the_service_that_it_runs(app: FastAPI, service: FakeService) -> None:
    service.chat.refusal = FULL
    door: Door = app.state.door
    assert door.answer(b"POST", CHAT, [], keep_alive=True) is not None


async def test_a_sign_of_life_is_given_as_the_route_itself_would(app: FastAPI, client: httpx.AsyncClient) -> None:
    usual = await client.get("/healthz", headers={"X-Request-Id": "me"})
    headers = [(b"host", b"localhost:8000"), (b"x-request-id", b"me")]
    found = app.state.door.answer(b"GET", b"/healthz", headers, keep_alive=True)
    head, _, body = found.answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    fields = dict(line.split(": ") for line in lines)
    assert (first, body, found.is_last) == ("HTTP/1.1 200 OK", usual.content, False)
    assert fields.keys() == usual.headers.keys()
    names = [part.split(";")[0] for part in fields.pop("server-timing").split(", ")]
    assert names == [part.split(";")[0] for part in usual.headers["server-timing"].split(", ")]
    assert fields == {name: usual.headers[name] for name in fields}
    labels = {"method": "GET", "route": "/healthz", "status": "200"}
    assert app.state.metrics.value("unblocked_http_request_seconds_count", **labels) == 2


async def test_signs_of_life_need_no_service_and_no_key(app: FastAPI) -> None:
    del app.state.service
    assert app.state.door.answer(b"GET", b"/healthz", [(b"host", b"10.0.0.7:8000")], keep_alive=True) is not None
    assert Caller(FULL, keys=key_line(KEY, name="alice")).ask(method=b"GET", target=b"/healthz") is not None


@pytest.mark.parametrize(
    "other",
    [
        {"method": b"HEAD"},
        {"method": b"POST"},
        {"target": b"/healthz?x"},
        {"target": b"/healthz/"},
        {"target": b"/readyz"},
        {"target": b"http://localhost/healthz"},
    ],
)
def test_only_the_plain_question_for_a_sign_of_life_is_answered(other: dict[str, bytes]) -> None:
    assert Caller(None).ask(**{"method": b"GET", "target": b"/healthz", **other}) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("header", [(b"host", b"evil.example"), (b"origin", b"https://page.example")])
def test_who_asks_by_another_name_or_from_a_page_gets_no_sign_of_life_at_the_door(header: tuple[bytes, bytes]) -> None:
    assert Caller(None).ask(header, method=b"GET", target=b"/healthz") is None


def test_where_every_request_gets_its_line_a_sign_of_life_does_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert Caller(None).ask(method=b"GET", target=b"/healthz") is None
