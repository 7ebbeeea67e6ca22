"""What is recorded of an outcome: its row, and the line about it in the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pipeline.store.ledger.table import FinalRow
from pipeline.values.outcome import Outcome
from pipeline.values.times import iso


def success_row(outcome: Outcome, *, changed: bool, commit: str, size: int, sha256: str) -> FinalRow:
    """The row of a configuration that `commit` holds. `changed` says whether this backup made the commit.

    `size` counts the bytes of the configuration, and `sha256` is their digest in hex.
    """
    return replace(_row(outcome), reason=None, changed=changed, commit=commit, size=size, sha256=sha256)


def failure_row(outcome: Outcome) -> FinalRow:
    """The row of a failure, as the worker reported it."""
    return _row(outcome)


def refusal_row(outcome: Outcome, reason: str, words: str, now: datetime) -> FinalRow:
    """The row of a success that the consumer did not store.

    The worker's log cannot explain it, so `words` are added to the log.
    """
    entry = {
        "timestamp": iso(now),
        "severity": "error",
        "source": "consumer",
        "message": f"{outcome.job.device.name}: {words}",
    }
    return replace(_row(outcome), status="failure", reason=reason, log=(*outcome.log, entry))


def log_line(final: FinalRow) -> str:
    """How a backup ended, in one line."""
    name = final.job.device.name
    if final.status != "success":
        return f"{name}: {final.status} ({final.reason})"
    commit = (final.commit or "")[:10]
    return f"{name}: committed as {commit}" if final.changed else f"{name}: unchanged since {commit}"


def log_fields(final: FinalRow) -> dict[str, object]:
    """The same as fields, for logs that a machine reads."""
    return {
        "device": final.job.device.name,
        "status": final.status,
        "reason": final.reason,
        "changed": final.changed,
        "commit": final.commit,
    }


def _row(outcome: Outcome) -> FinalRow:
    return FinalRow(
        job=outcome.job,
        status=outcome.status,
        reason=outcome.reason,
        timestamp=outcome.collected_at,
        log=outcome.log,
        worker=outcome.worker,
        attempts=outcome.attempts,
        started_at=outcome.started_at,
        finished_at=outcome.finished_at,
        facts=outcome.facts,
    )
