"""Writes a plan as Markdown, for the comment on a pull request and for the job's summary.

Each push to the pull request replaces the comment.
"""

from __future__ import annotations

from pipeline.plan.sections import Section, attention, sections, summary
from pipeline.plan.values import Plan
from pipeline.text import markdown

MARKER = "<!-- devicevault-plan -->"
"""The first line of the comment, by which the next push finds it."""

MAX_ROWS = 50
"""As many rows of each table are shown. The log of the run has more, JSON has all."""

_OPEN_ROWS = 10
"""A table with more rows is folded."""

_MAX_CELL = 300
_LAST_LINE = 1000
"""Bytes that are kept free for the names of the tables that are left out."""


def page(plan: Plan) -> str:
    """The whole report. It fits into a comment; tables for which there is no room are named at the end."""
    blocks = [_head(plan)]
    room = markdown.COMMENT_BYTES - _LAST_LINE - _size(blocks[0])
    cut: list[str] = []
    for section in sections(plan):
        block = _block(section)
        if (left := room - _size(block)) < 0:
            cut.append(_title(section))
        else:
            room = left
            blocks.append(block)
    if cut:
        blocks.append(f"Left out, because a comment holds no more: {', '.join(cut)}.")
    return "\n\n".join(blocks) + "\n"


def _size(block: str) -> int:
    return len(block.encode()) + 2


def _head(plan: Plan) -> str:
    lines = [
        MARKER,
        f"**DeviceVault plan**: {markdown.escape(summary(plan))}",
        "",
        f"From {_revision(plan.base)} to {_revision(plan.head)}.",
        "",
        *(f"- ⚠️ {_cell(sentence)}" for sentence in attention(plan)),
    ]
    return "\n".join(lines).rstrip()


def _revision(commit: str | None) -> str:
    return "the files on disk" if commit is None else markdown.code(commit[:12])


def _block(section: Section) -> str:
    """A table below its title. A long table is folded."""
    rows = [[_cell(cell) for cell in row] for row in section.rows[:MAX_ROWS]]
    lines = markdown.table([_cell(column) or " " for column in section.columns], rows)
    if (rest := len(section.rows) - MAX_ROWS) > 0:
        lines += ["", f"… and {rest} more; `devicevault plan --output json` has all."]
    if section.note:
        lines += ["", markdown.escape(section.note)]
    title = _title(section)
    if len(section.rows) <= _OPEN_ROWS:
        return "\n".join([f"### {title}", "", *lines])
    return "\n".join([f"<details><summary>{title}</summary>", "", *lines, "", "</details>"])


def _title(section: Section) -> str:
    return f"{markdown.escape(section.title)} ({len(section.rows)})"


def _cell(text: str) -> str:
    short = text if len(text) <= _MAX_CELL else text[: _MAX_CELL - 1] + "…"
    return markdown.escape(short)
