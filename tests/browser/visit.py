"""A page in a real Chromium, in a context of its own; whatever goes wrong in it is noted and fails the test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright.sync_api", reason="needs the extra `browser`: make browser")

from playwright.sync_api import Browser, ConsoleMessage, Page, Request
from playwright.sync_api import expect as expect  # with its time limit set below

DEADLINE_MS = 60_000  # of a condition that is waited for; a busy machine must not fail a test
expect.set_options(timeout=DEADLINE_MS)


@dataclass(frozen=True)
class Screen:
    """What the person sees the page on."""

    width: int
    scheme: str

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


DESKTOP = Screen(1200, "light")
PHONE = Screen(390, "dark")
ALL_SCREENS = [Screen(width, scheme) for width in (1200, 390) for scheme in ("light", "dark")]


class Visit:
    """`page`, and the `problems` seen in it: errors in the console, breaches of the policy, requests to other hosts.

    A test that causes an error on purpose adds a pattern of it to `expected`.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.expected: list[str] = []
        self._seen: list[str] = []
        page.set_default_timeout(DEADLINE_MS)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._seen.append(f"uncaught {error}"))
        page.on("request", self._watch)

    @property
    def problems(self) -> list[str]:
        return [line for line in self._seen if not any(re.search(pattern, line) for pattern in self.expected)]

    def open(self, tab: str = "chat") -> Page:
        """Load the page at one of its tabs, and wait until it knows the model."""
        self.page.goto(f"{self.url}/#{tab}")
        expect(self.page.locator("#model")).to_contain_text("tokens")
        return self.page

    def ask(self, question: str) -> Any:
        """Send a question and return the answer's turn, under way."""
        self.page.locator("#question").fill(question)
        self.page.locator("#question").press("Enter")
        return self.page.locator(".turn.assistant").last

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._seen.append(f"{message.type} {message.text}")

    def _watch(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self._seen.append(f"request to {request.url}")


@contextmanager
def visiting(chromium: Browser, url: str, screen: Screen = DESKTOP) -> Iterator[Visit]:
    """A new context, as if another person came; fails at its end if anything unexpected was seen."""
    height = 844 if screen.width < 600 else 900
    context = chromium.new_context(
        viewport={"width": screen.width, "height": height},
        color_scheme=screen.scheme,
        has_touch=screen.width < 600,
    )
    try:
        visit = Visit(context.new_page(), url)
        yield visit
        assert visit.problems == []
    finally:
        context.close()
