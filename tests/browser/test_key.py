"""A server that wants API keys: the page asks for one, and keeps it in its tab."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.api.api_keys import key_line
from tests.browser.visit import PHONE, Screen, Visit, expect, visiting
from tests.end_to_end.server_process import running_server

pytestmark = pytest.mark.browser

KEY = "ub-a-key-for-the-page"


@pytest.fixture(scope="module")
def closed_server(chromium: object) -> Iterator[str]:
    """A server with keys and without a lab; its answers are scripted."""
    with running_server(Path(), module="tests.api.serve_fake", api_keys=key_line(KEY, name="alice")) as process:
        yield process.url


@pytest.fixture
def visit(chromium: object, closed_server: str, screen: Screen) -> Iterator[Visit]:
    with visiting(chromium, closed_server, screen) as visit:
        visit.expected.append("401")
        visit.page.goto(closed_server)
        yield visit


def give(visit: Visit, key: str) -> None:
    dialog = visit.page.get_by_role("dialog")
    expect(dialog.get_by_label("Key")).to_be_focused()
    dialog.get_by_label("Key").fill(key)
    visit.page.keyboard.press("Enter")


@pytest.mark.parametrize("screen", [PHONE], ids=str)
def test_a_wrong_key_is_asked_again_and_the_right_one_opens(visit: Visit) -> None:
    reason = visit.page.locator("dialog .reason")
    expect(reason).to_have_text("This server asks for a key.")
    give(visit, "ub-wrong")
    expect(reason).to_have_text("This server does not know that key.")
    give(visit, KEY)
    expect(visit.page.locator("#model")).to_contain_text("tutor")
    expect(visit.page.get_by_role("dialog")).to_have_count(0)


def test_the_docs_ask_for_the_key_too(visit: Visit, closed_server: str) -> None:
    visit.page.goto(f"{closed_server}/docs")
    expect(visit.page.locator("dialog .reason")).to_have_text("This server asks for a key.")
    give(visit, KEY)
    expect(visit.page.locator("#operations")).to_contain_text("/v1/chat/completions")
    expect(visit.page.get_by_role("dialog")).to_have_count(0)


def test_the_key_stays_in_the_tab_and_out_of_every_address(visit: Visit, chromium: object, closed_server: str) -> None:
    page = visit.page
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    give(visit, KEY)
    expect(page.locator("#model")).to_contain_text("tutor")
    page.reload()
    expect(page.locator("#model")).to_contain_text("tutor")
    assert addresses
    assert not [address for address in [*addresses, page.url] if KEY in address]
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    with visiting(chromium, closed_server) as other:
        other.expected.append("401")
        other.page.goto(closed_server)
        expect(other.page.get_by_role("dialog")).to_be_visible()


def test_whoever_gives_no_key_is_told_and_asked_again_when_asking(visit: Visit) -> None:
    page = visit.page
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#model")).to_have_text("no key")
    answer = visit.ask("Hello?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(answer.locator(".note")).to_have_text("This server answers only to those who have an API key.")


def test_a_server_without_the_lab_says_how_to_switch_it_on(visit: Visit) -> None:
    give(visit, KEY)
    visit.page.locator("#tab-loop").click()
    expect(visit.page.locator("#lab-off")).to_contain_text("UNBLOCKED_LAB_ENABLED=1")
    expect(visit.page.locator("#lab")).to_be_hidden()
    expect(visit.page.locator("#beat")).to_contain_text("answers in")
