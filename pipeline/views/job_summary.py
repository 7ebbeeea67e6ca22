"""What a job's summary says of a collection, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.store.ledger.table import Row
from pipeline.text.markdown import bounded, code, escape, table
from pipeline.views.rows import summary, why


def as_markdown(rows: Sequence[Row]) -> str:
    """Counts first, then what failed and why, then what changed; what is unchanged is only counted."""
    failed = [row for row in rows if row.failed]
    contended = [row for row in rows if row.contended]
    waiting = [row for row in rows if row.status == "queued"]
    changed = [row for row in rows if row.changed]
    lines = [f"**{summary(rows)}**"]
    if failed:
        lines += ["", *table(("Failed", "Group", "Reason", "What it said"), map(_failure, failed))]
    if contended:
        lines += ["", *table(("Not begun", "Group", "Reason", "Why"), map(_failure, contended))]
    if waiting:
        lines += ["", *table(("No outcome yet", "Group"), ((code(r.device), _group(r)) for r in waiting))]
    if changed:
        lines += ["", *table(("Changed", "Group", "Commit"), map(_change, changed))]
    return bounded(lines)


def _failure(row: Row) -> tuple[str, ...]:
    return code(row.device), _group(row), code(row.reason or row.status), escape(why(row)[:500])


def _change(row: Row) -> tuple[str, ...]:
    return code(row.device), _group(row), code((row.commit or "-")[:10])


def _group(row: Row) -> str:
    return code(row.collection_group) if row.collection_group else "-"
