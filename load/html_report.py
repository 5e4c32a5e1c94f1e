"""A report as one HTML page that needs nothing else: no script, no font, no address. Light, dark, and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Self

_STYLE = """
:root { color-scheme: light dark; --text: #24292f; --soft: #57606a; --line: #d0d7de; --back: #ffffff; --code: #f6f8fa }
@media screen and (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --soft: #9da7b1; --line: #30363d; --back: #0d1117; --code: #161b22 }
}
body { margin: 0 auto; padding: 1.5rem; max-width: 66rem; font: 16px/1.5 system-ui, sans-serif;
  color: var(--text); background: var(--back) }
h1 { line-height: 1.2; margin-bottom: 0 }  h2 { margin-top: 2.5rem }  .soft { color: var(--soft); margin-top: 0 }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1rem 0 }
th, td { padding: .3rem .8rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
.number { text-align: right; white-space: nowrap }
figure { margin: 1rem 0 }  figure svg { width: 100%; height: auto }
pre { padding: .8rem; overflow-x: auto; background: var(--code); border-radius: 6px; font-size: .85em }
@media print {
  body { max-width: none; padding: 0; font-size: 11pt }
  figure, tr, pre { break-inside: avoid }  h2 { break-after: avoid }  pre { white-space: pre-wrap }
}
"""
# A number with a short unit, or the dash that stands for none.
_NUMBER = re.compile(r"[-+<>~ ]*\d[\d.,/:]*(e[-+]?\d+)?( ?[^\d\s]{1,6}(/s)?)?|-?")


class Report:
    """Sections of texts, tables, plots and code, in the order in which they are added. Every text is escaped."""

    def __init__(self, title: str, subtitle: str = "") -> None:
        self._title = title
        self._parts = [f"<h1>{escape(title)}</h1>"]
        if subtitle:
            self._parts.append(f'<p class="soft">{escape(subtitle)}</p>')

    def section(self, heading: str, text: str = "") -> Self:
        """Begin a section. An empty line in the text parts its paragraphs."""
        self._parts.append(f"<h2>{escape(heading)}</h2>")
        self._parts += [f"<p>{escape(paragraph)}</p>" for paragraph in text.split("\n\n") if paragraph]
        return self

    def table(self, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Self:
        """Add a table. A column of numbers, with or without units, stands to the right."""
        cells = [[str(cell) for cell in row] for row in rows]
        numeric = [all(_NUMBER.fullmatch(text) for text in column) for column in zip(*cells, strict=True)]
        head = _row("th", header, numeric or [False] * len(header))
        body = "\n".join(_row("td", row, numeric) for row in cells)
        self._parts.append(f'<div class="wide"><table>\n<thead>{head}</thead>\n<tbody>{body}</tbody>\n</table></div>')
        return self

    def figure(self, svg: str) -> Self:
        """Add a picture, such as load.plots makes; it is taken as it is."""
        self._parts.append(f"<figure>{svg}</figure>")
        return self

    def code(self, text: str) -> Self:
        """Add lines as they are, for commands and settings."""
        self._parts.append(f"<pre><code>{escape(text)}</code></pre>")
        return self

    def html(self) -> str:
        """The whole page."""
        return "\n".join(
            [
                '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                f"<title>{escape(self._title)}</title><style>{_STYLE}</style></head><body>",
                *self._parts,
                "</body></html>\n",
            ]
        )

    def write(self, path: Path) -> None:
        """Write the page; the folder is made if it is missing. Raises: OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.html(), encoding="utf-8")


def _row(tag: str, texts: Sequence[str], numeric: Sequence[bool]) -> str:
    kinds = (' class="number"' if is_numeric else "" for is_numeric in numeric)
    return (
        "<tr>"
        + "".join(f"<{tag}{kind}>{escape(text)}</{tag}>" for text, kind in zip(texts, kinds, strict=True))
        + "</tr>"
    )
