"""What `devicevault show` tells of one backup: its facts, then its log."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.store.ledger.table import Row
from pipeline.text.words import utc
from pipeline.values.names import DEFAULT_REPO
from pipeline.views.rows import what_happened


def lines(row: Row) -> Iterator[str]:
    """One line for each fact that is known, and one for each entry of the log."""
    facts = {
        "task identifier": row.task_identifier,
        "device": row.device,
        "group": row.collection_group,
        "status": row.status + (f": {row.reason}" if row.reason else ""),
        "collected": utc(row.timestamp),
        "path": row.path if row.repo == DEFAULT_REPO else f"{row.path} in {row.repo}",
        "commit": f"{row.commit} ({what_happened(row)})" if row.commit else None,
        "size": f"{row.size} bytes, sha256 {row.sha256}" if row.size is not None else None,
        "facts": ", ".join(f"{name} {value}" for name, value in row.facts.items()) or None,
        "inventory commit": row.inventory_commit,
        "schedule": row.schedule,
        "worker": row.worker,
        "attempts": row.attempts,
        "queued": utc(row.queued_at),
        "finished": utc(row.finished_at),
        "deadline": utc(row.deadline),
    }
    for name, value in facts.items():
        if value is not None:
            yield f"{name + ':':<18}{value}"
    for entry in row.log:
        # A row may be older than the rule that every entry has all of them.
        timestamp, severity, source, message = (
            entry.get(key, "-") for key in ("timestamp", "severity", "source", "message")
        )
        yield f"  {timestamp}  {severity:<7}  {source}: {message}"
