"""Conversations in the page: streamed, stopped, remembered; and what a person reads when it goes wrong."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.browser.visit import DESKTOP, PHONE, Screen, Visit, expect

pytestmark = pytest.mark.browser

COMPLETIONS = "**/v1/chat/completions"
SPEED = re.compile(r"^first token after \d+ ms · \d+ tokens/s · \d+ \+ 40 tokens · cut at max tokens$")
STOPPED = re.compile(r"^stopped · first token after \d+ ms · .*about \d+ tokens$")
both_screens = pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=str)


def set_sampling(visit: Visit, **values: object) -> None:
    page = visit.page
    if page.locator("#settings").is_hidden():
        page.locator("#settings-switch").click()
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(str(value))


def sse(*events: object) -> str:
    return "".join(f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n" for event in events)


def piece(text: str, finish_reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish_reason}]}


def answer_with(visit: Visit, body: str, *, status: int = 200, **headers: str) -> None:
    """Let the completions come from here, not from the server."""
    visit.page.route(COMPLETIONS, lambda route: route.fulfill(status=status, body=body, headers=headers))


@both_screens
def test_an_answer_comes_with_its_speed(visit: Visit) -> None:
    visit.open()
    set_sampling(visit, max_tokens=40)
    answer = visit.ask("Hello?")
    expect(answer.locator(".note")).to_have_text(SPEED)
    expect(answer.locator(".text")).not_to_be_empty()
    expect(visit.page.locator(".turn.user")).to_have_text("Hello?")


@both_screens
def test_stop_ends_the_answer_here_and_in_the_engine(visit: Visit) -> None:
    page = visit.open()
    running = page.locator("[data-label=Running] .figure")
    set_sampling(visit, max_tokens=4000)
    answer = visit.ask("Tell me everything.")
    expect(answer.locator(".text")).not_to_be_empty()
    page.locator("#stop").click()
    expect(answer.locator(".note")).to_have_text(STOPPED)
    expect(page.locator("#send")).to_be_visible()
    page.locator("#tab-engine").click()
    expect(running).to_have_text("0")


def test_later_turns_carry_the_earlier_ones_and_a_new_chat_none(visit: Visit) -> None:
    page = visit.open()
    sent: list[list[str]] = []
    page.on("request", lambda request: sent.append(roles(request.post_data)) if request.method == "POST" else None)
    set_sampling(visit, max_tokens=5)
    for question in ("One?", "Two?"):
        expect(visit.ask(question).locator(".note")).to_be_visible()
    page.locator("#clear").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(visit.ask("Three?").locator(".note")).to_be_visible()
    assert sent == [["user"], ["user", "assistant", "user"], ["user"]]


def roles(body: str) -> list[str]:
    return [message["role"] for message in json.loads(body)["messages"]]


def test_the_settings_are_what_is_asked_for(visit: Visit) -> None:
    page = visit.open()
    set_sampling(visit, temperature="0.3", top_p="0.5", max_tokens="7", seed="11", system="Be brief.")
    with page.expect_request(COMPLETIONS) as asked:
        visit.ask("Hello?")
    body = json.loads(asked.value.post_data)
    assert {name: body[name] for name in ("temperature", "top_p", "max_tokens", "seed")} == {
        "temperature": 0.3, "top_p": 0.5, "max_tokens": 7, "seed": 11,
    }  # fmt: skip
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}


def test_a_refusal_says_why_and_when_to_come_back_and_can_be_tried_again(visit: Visit) -> None:
    visit.expected.append("503")
    page = visit.open()
    set_sampling(visit, max_tokens=5)
    refusal = json.dumps({"error": {"message": "the queue is full"}})
    answer_with(visit, refusal, status=503, **{"retry-after": "3"})
    answer = visit.ask("Hello?")
    expect(answer.locator(".note")).to_have_text("Refused (503): the queue is full. Try again in 3 s.")
    page.unroute(COMPLETIONS)
    answer.get_by_role("button", name="Try again").click()
    expect(page.locator(".turn.assistant .note")).to_have_text(re.compile("^first token"))
    expect(page.locator(".turn")).to_have_count(2)


def test_an_invalid_setting_is_refused_in_the_servers_words(visit: Visit) -> None:
    visit.expected.append("400")
    visit.open()
    set_sampling(visit, temperature="9")
    expect(visit.ask("Hello?").locator(".note")).to_have_text(re.compile(r"^Refused \(400\): .*temperature"))


@pytest.mark.parametrize(
    ("body", "note"),
    [
        (sse(piece("Half"), {"error": {"message": "the engine is gone"}}), "The answer broke off: the engine is gone."),
        (sse(piece("Half")), "The connection ended before the answer did."),
    ],
    ids=["error event", "no end"],
)
def test_an_answer_that_breaks_off_keeps_its_text_and_says_so(visit: Visit, body: str, note: str) -> None:
    visit.open()
    answer_with(visit, body)
    answer = visit.ask("Hello?")
    expect(answer.locator(".note")).to_have_text(note)
    expect(answer.locator(".text")).to_have_text("Half")


def test_a_server_that_is_gone_is_said_plainly(visit: Visit) -> None:
    visit.expected.append("ERR_CONNECTION_REFUSED")
    page = visit.open()
    page.route(COMPLETIONS, lambda route: route.abort("connectionrefused"))
    expect(visit.ask("Hello?").locator(".note")).to_have_text("The server can't be reached. Is it still running?")


@pytest.mark.parametrize("screen", [Screen(1200, "dark")], ids=str)
def test_everything_can_be_done_by_keyboard(visit: Visit) -> None:
    page = visit.open()
    set_sampling(visit, max_tokens=4000)
    page.locator("#tab-chat").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-loop")).to_be_focused()
    expect(page.locator("#loop")).to_be_visible()
    page.keyboard.press("End")
    expect(page.locator("#engine")).to_be_visible()
    page.keyboard.press("Home")
    for _ in range(12):  # past the examples
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "question":
            break
    page.keyboard.type("Hello?")
    page.keyboard.press("Enter")
    answer = page.locator(".turn.assistant")
    expect(answer.locator(".text")).not_to_be_empty()
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.press("Escape")
    expect(answer.locator(".note")).to_have_text(re.compile("^stopped"))
