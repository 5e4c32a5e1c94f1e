"""What a model writes becomes nodes, and never markup: read back as HTML, which only a test does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.visit import Visit, visiting

pytestmark = pytest.mark.browser

DRAW = """async ([pieces]) => {
  const { GrowingText } = await import("/web/growing_text.js");
  const node = document.createElement("div");
  const text = new GrowingText(node, (draw) => draw());
  for (const piece of pieces) { text.append(piece); text.draw(); }
  return node.innerHTML;
}"""
CODE = '<pre class="code" tabindex="0"><code>{}</code></pre>'


@pytest.fixture(scope="module")
def opened(chromium: object, server: str) -> Iterator[Visit]:
    with visiting(chromium, server) as visit:
        visit.open()
        yield visit


def draw(visit: Visit, *pieces: str) -> str:
    html: str = visit.page.evaluate(DRAW, [pieces])
    return html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one\ntwo</p><p>three</p>"),
        ("# Title\ntext", "<h3>Title</h3><p>text</p>"),
        ("**bold**, *leaning*", "<p><strong>bold</strong>, <em>leaning</em></p>"),
        ("see `a < b`", "<p>see <code>a &lt; b</code></p>"),
        ("**bold `code` bold**", "<p><strong>bold <code>code</code> bold</strong></p>"),
        ("2 * 3 * 4 and a*b*c and snake_case_name", "<p>2 * 3 * 4 and a*b*c and snake_case_name</p>"),
        ("``a ` b``", "<p><code>a ` b</code></p>"),
        ("```python\nx = 1\n\ny = '**'\n```\nafter", CODE.format("x = 1\n\ny = '**'") + "<p>after</p>"),
        ("```\nopen still", CODE.format("open still")),
        ("- a\n- b\n  - c\n- d", "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>"),
        ("3. c\n4. d\n   more", '<ol start="3"><li>c</li><li>d\nmore</li></ol>'),
        ("> said\n> so", "<blockquote>said\nso</blockquote>"),
        ("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"),
        ("<img src=x onerror=alert(1)><b>no</b>", "<p>&lt;img src=x onerror=alert(1)&gt;&lt;b&gt;no&lt;/b&gt;</p>"),
    ],
)  # fmt: skip
def test_markdown_becomes(opened: Visit, text: str, html: str) -> None:
    assert draw(opened, text) == html


@pytest.mark.parametrize("text", ["[here](https://other.example/x)", "![here](https://other.example/x)"])
def test_links_and_images_are_told_and_lead_nowhere(opened: Visit, text: str) -> None:
    shown = '<p><span class="link">here<span class="quiet"> (https://other.example/x)</span></span></p>'
    assert draw(opened, text) == shown


def test_text_that_comes_in_pieces_ends_as_if_it_had_come_at_once(opened: Visit) -> None:
    text = "# A\n\nsome **bold\ntext**\n\n1. `x`\n2. y\n\n```py\nprint()\n```\n\nend"
    assert draw(opened, *text) == draw(opened, text)


def test_blocks_that_are_finished_are_not_drawn_again(opened: Visit) -> None:
    assert opened.page.evaluate("""async () => {
      const { GrowingText } = await import("/web/growing_text.js");
      const node = document.createElement("div");
      const text = new GrowingText(node, (draw) => draw());
      text.append("first\\n\\nsec"); text.draw();
      const [first, second] = node.children;
      text.append("ond"); text.draw();
      return node.children[0] === first && node.children[1] !== second && node.textContent === "firstsecond";
    }""")
