"""Writes a plan for a terminal or a log, in plain lines that begin with a sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.plan.sections import ATTENTION, Section, attention, sections, summary
from pipeline.plan.values import Plan

MAX_ROWS = 200
"""As many rows of each table are shown. JSON has all."""

_MAX_CELL = 100


def lines(plan: Plan) -> Iterator[str]:
    """The lines of the whole report. The third character of a row is its sign; a terminal colours it."""
    yield f"Plan: {summary(plan)}"
    yield f"from {_revision(plan.base)} to {_revision(plan.head)}"
    for sentence in attention(plan):
        yield f"  {ATTENTION} {_plain(sentence, 10 * _MAX_CELL)}"
    for section in sections(plan):
        yield ""
        yield section.title
        yield from _table(section)
        if section.note:
            yield f"    {section.note}"


def _revision(commit: str | None) -> str:
    return "the files on disk" if commit is None else commit[:12]


def _table(section: Section) -> Iterator[str]:
    shown = [section.columns, *section.rows[:MAX_ROWS]]
    cells = [[_plain(cell, _MAX_CELL) for cell in row] for row in shown]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)][1:]
    for sign, *row in cells:
        yield f"  {sign or ' '} {_aligned(row, widths)}"
    if (rest := len(section.rows) - MAX_ROWS) > 0:
        yield f"    … and {rest} more rows; --output json has all"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _plain(text: str, limit: int) -> str:
    """The text in one line, without control characters and with at most `limit` characters."""
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return short if short.isprintable() else repr(short)[1:-1]
