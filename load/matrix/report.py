"""A run of the matrix as a table for a person and as plain values for a machine."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from load.matrix.experiment import Agreement, Verdict
from load.matrix.figures import Figure

SCHEMA = 1
_CLAIM_WIDTH, _FINDING_WIDTH = 34, 72


@dataclass(frozen=True, slots=True)
class Row:
    """What one experiment found, or why it failed."""

    name: str
    title: str
    took_s: float
    figures: tuple[Figure, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class MatrixReport:
    """One run. machine: facts that name neither a user nor a folder."""

    command: str
    machine: dict[str, object]
    scale: str
    rows: tuple[Row, ...]

    @property
    def has_failed(self) -> bool:
        """Whether an experiment could not be run to its end. A claim that does not hold here is no failure."""
        return any(row.failure for row in self.rows)


def told(verdicts: Iterable[Verdict]) -> str:
    """How many agree, and so on."""
    counts = Counter(verdict.agreement for verdict in verdicts)
    return ", ".join(f"{counts[kind]} {kind.value}" for kind in Agreement if counts[kind])


def format_row(row: Row) -> str:
    """The progress line of an experiment that is over."""
    return f"{row.took_s:5.1f} s  {row.failure.splitlines()[0] if row.failure else told(row.verdicts)}"


def format_table(report: MatrixReport) -> str:
    """A heading for each experiment, a line (or several, wrapped) for each claim, and the sum at the end."""
    rule = "-" * (12 + _CLAIM_WIDTH + 2 + _FINDING_WIDTH)
    lines = [_line("verdict", "the notes say", "this host says"), rule]
    for row in report.rows:
        lines.append(f"{row.title}  (load/matrix/{row.name.replace('.', '/')}.py, {row.took_s:.0f} s)")
        if row.failure:
            lines.append(textwrap.indent(f"FAILED: {row.failure}", "  "))
        for verdict in row.verdicts:
            lines += _wrapped(verdict)
    total = sum(row.took_s for row in report.rows)
    return "\n".join([*lines, "", f"{told(v for row in report.rows for v in row.verdicts)} ({total:.0f} s)"])


def to_json(report: MatrixReport) -> dict[str, Any]:
    """Plain values; no figure is left out."""
    plain = {"schema": SCHEMA, **asdict(report)}
    for row in plain["rows"]:
        row["took_s"] = round(row["took_s"], 2)
        for verdict in row["verdicts"]:
            verdict["agreement"] = verdict["agreement"].value
    return plain


def _wrapped(verdict: Verdict) -> Iterator[str]:
    claim = textwrap.wrap(verdict.claim, _CLAIM_WIDTH)
    finding = textwrap.wrap(verdict.finding, _FINDING_WIDTH)
    for place in range(max(len(claim), len(finding))):
        yield _line(
            verdict.agreement.value if place == 0 else "",
            claim[place] if place < len(claim) else "",
            finding[place] if place < len(finding) else "",
        )


def _line(agreement: str, claim: str, finding: str) -> str:
    return f"  {agreement:<10}  {claim:<{_CLAIM_WIDTH}}  {finding}".rstrip()
