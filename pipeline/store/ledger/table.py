"""The row of `device_backup_result`: as read, as written, and the two statements that write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.sql import SQL, Composed, Identifier

from pipeline.errors import CONTENDED
from pipeline.values.job import Job
from pipeline.values.names import DEFAULT_REPO
from pipeline.values.outcome import Status


@dataclass(frozen=True, slots=True)
class Row:
    """One backup as the table knows it; `status` is "queued" until it has its outcome."""

    run_seq: int
    task_identifier: str
    task_id: str
    device_id: str
    device: str
    collection_group: str | None
    schedule: str | None
    slot: datetime | None
    status: Status
    reason: str | None
    timestamp: datetime | None
    log: Sequence[Mapping[str, str]]
    changed: bool | None
    commit: str | None
    path: str | None
    size: int | None
    sha256: str | None
    inventory_commit: str | None
    worker: str | None
    attempts: int
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    deadline: datetime
    facts: Mapping[str, str] = field(default_factory=dict)
    repo: str = DEFAULT_REPO

    @property
    def failed(self) -> bool:
        """Whether there is something wrong that a person should look at."""
        return self.status in ("failure", "lost") and not self.contended

    @property
    def contended(self) -> bool:
        """Whether it was not begun since another session was at the device: how that ended is what counts."""
        return self.reason == CONTENDED


@dataclass(frozen=True, slots=True)
class Final:
    """The outcome that the consumer records for one job."""

    job: Job
    status: Status
    reason: str | None
    timestamp: str
    log: Sequence[Mapping[str, str]] = ()
    changed: bool | None = None
    commit: str | None = None
    size: int | None = None
    sha256: str | None = None
    worker: str | None = None
    attempts: int = 0
    started_at: str | None = None
    finished_at: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


COLUMNS = """run_seq, task_identifier, task_id::text, device_id, device, collection_group, schedule, slot,
    status, reason, "timestamp", log, changed, "commit", path, size, sha256, inventory_commit, worker,
    attempts, queued_at, started_at, finished_at, deadline, facts, repo"""


def about(job: Job) -> dict[str, Any]:
    """The columns that are known before anything ran."""
    device = job.device
    return {
        "task_identifier": job.task_identifier,
        "task_id": job.task_id,
        "device_id": device.id,
        "device": device.name,
        "collection_group": device.group,
        "schedule": job.schedule,
        "slot": job.slot,
        "repo": device.repo,
        "path": device.path,
        "inventory_commit": job.inventory_commit,
        "queued_at": job.queued_at,
        "deadline": job.deadline,
    }


def ending(final: Final) -> dict[str, Any]:
    """The columns that an outcome brings."""
    log = [{key: _text(value) for key, value in entry.items()} for entry in final.log]
    return {
        "status": final.status,
        "reason": _text(final.reason),
        "timestamp": final.timestamp,
        "log": log,
        "changed": final.changed,
        "commit": final.commit,
        "size": final.size,
        "sha256": final.sha256,
        "worker": _text(final.worker),
        "attempts": final.attempts,
        "started_at": final.started_at,
        "finished_at": final.finished_at,
        "facts": {key: _text(value) for key, value in final.facts.items()},
    }


def _text(value: str | None) -> str | None:
    """Postgres has no NUL in text; a device may have sent one."""
    return None if value is None else str(value).replace("\0", "")


def _names(columns: Sequence[str]) -> Composed:
    return SQL(", ").join(Identifier(name) for name in columns)


_KNOWN = ("task_identifier", "task_id", "device_id", "device", "collection_group", "schedule", "slot",
          "repo", "path", "inventory_commit", "queued_at", "deadline")  # fmt: skip
_PLACE = ("repo", "path")  # the inventory may have moved the device since its job was queued
_ENDING = ("status", "reason", "timestamp", "log", "changed", "commit", "size", "sha256", "worker",
           "attempts", "started_at", "finished_at", "facts")  # fmt: skip
_EXPECTED = (*_KNOWN, "status", "job")
# One statement for all rows: as many as there are rows cost both sides three times as much.
_INSERT = SQL(
    "INSERT INTO device_backup_result AS r ({columns}) "
    "SELECT {columns} FROM json_populate_recordset(NULL::device_backup_result, %s) "
    "ON CONFLICT (task_identifier) {conflict}"
)
RECORD = _INSERT.format(
    columns=_names((*_KNOWN, *_ENDING)),
    conflict=SQL("DO UPDATE SET {}, job = NULL WHERE r.status = 'queued'").format(
        SQL(", ").join(SQL("{0} = excluded.{0}").format(Identifier(name)) for name in (*_PLACE, *_ENDING))
    ),
)
"""Give rows their outcomes, unless they have them: `about` each job, once, and its `ending`, as a list."""

EXPECT = _INSERT.format(
    columns=_names(_EXPECTED),
    conflict=SQL("DO NOTHING RETURNING task_identifier, run_seq"),
)
"""Write rows that are expected, unless they are there: `about` each job, its status and itself, as a list."""
