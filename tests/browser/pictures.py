"""Takes the pictures of the page for the README: `python -m tests.browser.pictures [NAME ...]`, on a quiet machine."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import FLAGS, chromium_path
from tests.browser.visit import DEADLINE_MS, Screen, Visit, expect, visiting
from tests.end_to_end.server_process import ROOT, running_server

FOLDER = ROOT / "docs" / "images"
NUM_COLOURS = 128  # of a palette of its own each: a third of the bytes, and no eye sees it

Story = Callable[[Visit], None]


def run_all_five(visit: Visit) -> None:
    """Run the experiments twice: the first time a worker process starts, and nothing is warm."""
    page = visit.open("loop")
    for _ in range(2):
        page.locator("#run-all").click()
        expect(page.locator("#run-all")).to_be_disabled()
        expect(page.locator("#run-all")).to_be_enabled(timeout=5 * DEADLINE_MS)


def hold_a_conversation(visit: Visit) -> None:
    """Ask two questions of the tutor."""
    visit.open()
    for question in ("500 slow HTTP requests at once: asyncio, threads or processes?", "Show me the code."):
        expect(visit.ask(question).locator(".note")).to_be_visible()


PICTURES: dict[str, tuple[Screen, Story]] = {
    "event-loop-light": (Screen(1200, "light"), run_all_five),
    "chat-dark": (Screen(1200, "dark"), hold_a_conversation),
}


def take(chromium: Browser, url: str, name: str) -> Path:
    """Take one picture, of the whole page, and return its file."""
    screen, story = PICTURES[name]
    with visiting(chromium, url, screen) as visit:
        story(visit)
        shot = visit.page.screenshot(full_page=True)
    path = FOLDER / f"{name}.png"
    colours = Image.open(io.BytesIO(shot)).convert("RGB").quantize(NUM_COLOURS, dither=Image.Dither.NONE)
    colours.save(path, optimize=True)
    return path


def main(names: list[str]) -> int:
    """Take those that are named, or all."""
    with running_server(ROOT / "models" / "tutor", lab_enabled=1) as server, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        for name in names or PICTURES:
            path = take(chromium, server.url, name)
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KB", flush=True)
        chromium.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
