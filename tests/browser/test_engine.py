"""The engine's meters in the page."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.visit import Visit, expect

pytestmark = pytest.mark.browser

BEFORE = """# HELP some help
tokens_total{phase="decode"} 10.0
delay_bucket{le="0.001"} 5.0
delay_bucket{le="0.01"} 5.0
delay_bucket{le="+Inf"} 5.0
refused_total{reason="queue_full"} 1.0
refused_total{reason="deadline"} 0.0
"""
NOW = """tokens_total{phase="decode"} 60.0
delay_bucket{le="0.001"} 6.0
delay_bucket{le="0.01"} 7.0
delay_bucket{le="+Inf"} 7.0
refused_total{reason="queue_full"} 3.0
refused_total{reason="deadline"} 0.0
"""


def tile(visit: Visit, label: str) -> Any:
    return visit.page.locator(f'.tile[data-label="{label}"]')


def test_an_answer_shows_in_the_meters_and_its_end_too(visit: Visit) -> None:
    page = visit.open()
    page.locator("#settings-switch").click()
    page.locator("[name=max_tokens]").fill("4000")
    visit.ask("Tell me everything.")
    page.locator("#tab-engine").click()
    expect(tile(visit, "Running").locator(".figure")).to_have_text("1")
    expect(tile(visit, "Tokens per second").locator(".figure")).not_to_have_text("0")
    expect(tile(visit, "KV cache").locator(".detail")).to_have_text(re.compile(r"^[1-9][\d,]* of [1-9][\d,]* tokens$"))
    expect(tile(visit, "Loop delay").locator(".figure")).to_have_text(re.compile(r"^≤ [\d.,]+ ms$"))
    expect(tile(visit, "Refusals").locator(".figure")).to_have_text("0")
    expect(tile(visit, "Running").locator(".line")).to_have_attribute("d", re.compile("^M.+L"))
    page.locator("#tab-chat").click()
    page.locator("#stop").click()
    page.locator("#tab-engine").click()
    expect(tile(visit, "Running").locator(".figure")).to_have_text("0")


def test_several_questions_at_once_are_batched(visit: Visit) -> None:
    page = visit.open("engine")
    page.locator("#burst").click()
    expect(tile(visit, "Tokens per second").locator(".figure")).not_to_have_text("0")
    expect(page.locator("#burst")).to_be_enabled()
    expect(page.locator("#burst-state")).to_be_empty()


def test_what_changed_between_two_readings(visit: Visit) -> None:
    visit.page.goto(f"{visit.url}/")
    found = visit.page.evaluate(
        """async ([before, now]) => {
          const { Reading, rate, worst } = await import("/web/meters.js");
          const [a, b] = [new Reading(before, 0), new Reading(now, 2000)];
          return {
            rate: rate('tokens_total{phase="decode"}', a, b),
            worst: worst("delay", a, b),
            still: worst("delay", b, b),
            absent: b.value("nothing"),
            refused: b.byLabel("refused_total", "reason"),
          };
        }""",
        [BEFORE, NOW],
    )
    assert found == {
        "rate": 25, "worst": 0.01, "still": 0, "absent": 0, "refused": {"queue_full": 3, "deadline": 0},
    }  # fmt: skip
