"""One Chromium and one real server for all tests of the page; each test comes as a person of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.browser.visit import DESKTOP, Screen, Visit, visiting
from tests.end_to_end.server_process import running_server, save_random_model

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def chromium_path() -> str | None:
    """Where Chromium is, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="package")
def chromium() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    path = chromium_path()
    if path is None:
        pytest.skip(f"no Chromium here (looked for {', '.join(NAMES)}); on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, chromium: object) -> Iterator[str]:
    """The address of a server with the lab on; its model never ends an answer by itself."""
    model = save_random_model(tmp_path_factory.mktemp("model"))
    with running_server(model, lab_enabled=1) as process:
        yield process.url


@pytest.fixture
def screen() -> Screen:
    """A desktop, unless a test is parametrized with others."""
    return DESKTOP


@pytest.fixture
def visit(chromium: object, server: str, screen: Screen) -> Iterator[Visit]:
    with visiting(chromium, server, screen) as visit:
        yield visit
