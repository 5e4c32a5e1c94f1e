"""The heartbeat, and the flat line beside the cure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from tests.browser.visit import DEADLINE_MS, DESKTOP, PHONE, Visit, expect

pytestmark = pytest.mark.browser

ENDPOINTS = ("blocking", "threadpool", "offloaded", "gil", "process")


def row(visit: Visit, name: str) -> Any:
    return visit.page.locator(f".experiment[data-name={name}]")


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=str)
def test_the_heartbeat_stops_for_blocking_and_goes_on_for_offloaded(visit: Visit) -> None:
    page = visit.open("loop")
    expect(page.locator("#beat")).to_have_text(re.compile(r"^answers in \d+ ms$"))
    page.get_by_role("button", name="Run blocking").click()
    expect(page.locator("#beat")).to_have_text(re.compile(r"^silent for \d+\.\d s$"))
    expect(page.locator("#tab-loop .dot")).to_have_class(re.compile("silent"))
    expect(row(visit, "blocking")).to_have_attribute("data-verdict", "stopped")
    expect(row(visit, "blocking").locator(".verdict")).to_contain_text("Stopped for")
    expect(row(visit, "blocking").locator(".flat")).to_have_count(1)
    expect(page.locator("#monitor .flat")).not_to_have_count(0)
    expect(page.locator("#beat")).to_have_text(re.compile("^answers in"))
    page.get_by_role("button", name="Run offloaded").click()
    expect(row(visit, "offloaded")).to_have_attribute("data-verdict", "free")


def test_one_button_runs_all_five_and_each_shows_its_handler(visit: Visit) -> None:
    page = visit.open("loop")
    page.locator("#run-all").click()
    expect(page.locator("#run-all")).to_be_disabled()
    expect(page.locator("#run-all")).to_be_enabled(timeout=5 * DEADLINE_MS)
    verdicts = {name: row(visit, name).get_attribute("data-verdict") for name in ENDPOINTS}
    assert verdicts["blocking"] == "stopped"
    assert {verdicts["threadpool"], verdicts["offloaded"], verdicts["process"]} == {"free"}
    assert verdicts["gil"] in {"stopped", "free"}  # how much of its time it holds the GIL is the machine's doing
    for name in ENDPOINTS:
        expect(row(visit, name).locator("code")).to_contain_text(f"def {name}(job: Job)")
        expect(row(visit, name).locator(".explanation")).not_to_be_empty()


def test_a_lab_that_is_busy_says_so(visit: Visit) -> None:
    visit.expected.append("503")
    page = visit.open("loop")
    page.route("**/lab/gil", lambda route: route.fulfill(status=503, json={"error": {"message": "the lab is busy"}}))
    page.get_by_role("button", name="Run gil").click()
    expect(row(visit, "gil").locator(".verdict")).to_have_text("It did not run: the lab is busy")


@pytest.mark.parametrize(
    ("beats", "longest"),
    [
        ([0, 100, 200, 900, 1000], (200, 900)),
        ([0, 100, 200], (200, 1000)),
        ([0, 100, "break 900", 950], (0, 100)),
        ([-500, 600, 700, 1000], (-500, 600)),
    ],
    ids=["between two beats", "at the end", "nobody asked", "begun before"],
)
def test_the_longest_silence_of_a_run_is_found(visit: Visit, beats: Sequence[Any], longest: tuple[int, int]) -> None:
    visit.page.goto(f"{visit.url}/")
    kept = [
        {"atMs": int(beat.removeprefix("break ")), "isBreak": True} if isinstance(beat, str) else {"atMs": beat}
        for beat in beats
    ]
    found = visit.page.evaluate(
        """async (beats) => {
          const { Heartbeat } = await import("/web/heartbeat.js");
          const { fromMs, toMs } = Object.assign(new Heartbeat(), { beats }).longestSilence(0, 1000);
          return [fromMs, toMs];
        }""",
        kept,
    )
    assert tuple(found) == longest
