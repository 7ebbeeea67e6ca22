"""A row of the table in words: the same ones for the command line, reports and summaries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from collectors.journal import untimed
from pipeline.store.ledger.table import Row
from pipeline.text.words import counted
from pipeline.values.wire import to_plain


def as_json(row: Row) -> dict[str, Any]:
    """A row as scripts read it."""
    values: dict[str, Any] = to_plain(row)
    return values


def summary(rows: Sequence[Row]) -> str:
    """`18 backups: 4 changed, 12 unchanged, 2 failed`."""
    counts = {
        "changed": sum(row.changed is True for row in rows),
        "unchanged": sum(row.changed is False for row in rows),
        "failed": sum(row.failed for row in rows),
        "contended": sum(row.contended for row in rows),
        "waiting": sum(row.status == "queued" for row in rows),
    }
    counts_in_words = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"{counted(len(rows), 'backup')}: {counts_in_words}"


def what_happened(row: Row) -> str:
    """A row's outcome in two or three words."""
    if row.status == "success":
        return "changed" if row.changed else "unchanged"
    if row.status == "queued":
        return "waiting"
    return row.reason or ""


def why(row: Row) -> str:
    """The last error of a row's log, or its reason; without device and reason, which stand before it."""
    errors = [entry.get("message", "") for entry in row.log if entry.get("severity") == "error"]
    message = untimed(errors[-1]) if errors else row.reason or ""
    return message.removeprefix(f"{row.reason}: ").removeprefix(f"{row.device}: ")
