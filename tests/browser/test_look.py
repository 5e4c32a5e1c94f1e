"""Every view on every screen: it fits, it can be read, it can be named; and it stays at home."""

from __future__ import annotations

import pytest

from tests.browser.visit import ALL_SCREENS, Visit, expect

pytestmark = pytest.mark.browser

MIN_CONTRAST = 4.5  # WCAG 2.2, level AA, for text of any size

# Every visible text with too little contrast to what lies behind it.
FAINT = """(minContrast) => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const color = parse(getComputedStyle(node).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
  };
  const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  let numSeen = 0;
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !node.checkVisibility()) continue;
    if (node.closest("noscript, svg, button:disabled")) continue;
    numSeen += 1;
    const found = contrast(light(parse(getComputedStyle(node).color)), light(behind(node)));
    if (found < minContrast) faint.push(`${found.toFixed(2)} ${texts.currentNode.data.trim()}`);
  }
  return [numSeen, faint];
}"""
NAMELESS = """() => [...document.querySelectorAll("button, input, textarea, [role=img]")]
  .filter((node) => node.checkVisibility())
  .filter((node) => !(node.getAttribute("aria-label") || node.textContent.trim() || node.labels?.length))
  .map((node) => node.outerHTML)"""
OVERFLOW_PX = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

# view -> what is there once it is whole
VIEWS = {
    "/#chat": ".turn.assistant .note",
    "/#loop": ".experiment:nth-child(5)",
    "/#engine": ".tile:nth-child(6) .detail",
    "/docs": ".operation",
}


@pytest.mark.parametrize("screen", ALL_SCREENS, ids=str)
def test_every_view_fits_and_can_be_read(visit: Visit) -> None:
    page = visit.open()
    page.locator("#settings-switch").click()
    page.locator("[name=max_tokens]").fill("50")
    visit.ask("Hello?")
    for view, part in VIEWS.items():
        page.goto(f"{visit.url}{view}")
        expect(page.locator(part).first).not_to_be_empty()
        assert page.evaluate(OVERFLOW_PX) <= 0, view
        num_seen, faint = page.evaluate(FAINT, MIN_CONTRAST)
        assert num_seen > 5, view
        assert faint == [], view
        assert page.evaluate(NAMELESS) == [], view


ON_PURPOSE = {
    "a script in the page": "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))",
    "a style in the page": "document.body.append(Object.assign(document.createElement('style'), {textContent: 'a{}'}))",
    "a style attribute": "document.body.setAttribute('style', 'color: red')",
    "markup from a text": "document.body.innerHTML = '<b>'",
    "code from a text": "setTimeout('1')",
    "another host": "fetch('http://127.0.0.1:9/').catch(() => {})",
    "a frame": "document.body.append(Object.assign(document.createElement('iframe'), {src: '/docs'}))",
}


@pytest.mark.parametrize("attempt", ON_PURPOSE.values(), ids=ON_PURPOSE)
def test_the_policy_forbids(visit: Visit, attempt: str) -> None:
    visit.expected.append("Content Security Policy|TrustedHTML|TrustedScript|'script-src|request to")
    visit.open()
    directive = visit.page.evaluate(
        """(attempt) => new Promise((resolve) => {
          document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
          try { attempt(); } catch {}
        })""".replace("attempt();", attempt)
    )
    assert directive
    assert visit.page.evaluate("document.querySelector('main') !== null")
