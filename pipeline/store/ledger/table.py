"""The row of `device_backup_result`: as it is read, as it is written, and the two statements that write it.

The fields of `Row` are the columns that are read, and those of `FinalRow` the columns that an outcome brings.
A new column is a migration and a field; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from psycopg.sql import SQL, Composed, Identifier

from pipeline.errors import CONTENDED
from pipeline.values.job import Job
from pipeline.values.names import DEFAULT_REPO
from pipeline.values.outcome import Status


@dataclass(frozen=True, slots=True)
class Row:
    """One backup as the table has it. `status` is "queued" until the backup has its outcome."""

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
        """Whether a person should look at it."""
        return self.status in ("failure", "lost") and not self.contended

    @property
    def unwell(self) -> bool:
        """Whether a person should look at the device of which this is the newest row.

        A contended one is that only if no other session has backed the device up meanwhile.
        """
        return self.failed or self.contended

    @property
    def contended(self) -> bool:
        """Whether the backup was not begun, because another session was at the device.

        The other session's outcome is what counts for the device.
        """
        return self.reason == CONTENDED


@dataclass(frozen=True, slots=True)
class FinalRow:
    """What the row of a job gets when the backup ends."""

    job: Job
    status: Status
    reason: str | None
    timestamp: datetime
    log: Sequence[Mapping[str, str]] = ()
    changed: bool | None = None
    commit: str | None = None
    size: int | None = None
    sha256: str | None = None
    worker: str | None = None
    attempts: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


_OF_JOB = {
    "task_identifier": "task_identifier",
    "task_id": "task_id",
    "device_id": "device.id",
    "device": "device.name",
    "collection_group": "device.group",
    "schedule": "schedule",
    "slot": "slot",
    "repo": "device.repo",
    "path": "device.path",
    "inventory_commit": "inventory_commit",
    "queued_at": "queued_at",
    "deadline": "deadline",
}
"""The columns that are known before anything ran, and the attributes of a job that they hold."""

_attributes = attrgetter(*_OF_JOB.values())

_OF_OUTCOME = tuple(field.name for field in fields(FinalRow) if field.name != "job")
"""The columns that an outcome brings."""


def expected_values(job: Job) -> dict[str, Any]:
    """The columns of a row that is queued, for EXPECT."""
    return {**_values_of(job), "status": "queued", "job": job.to_json()}


def final_values(final: FinalRow) -> dict[str, Any]:
    """The columns of a row with its outcome, for RECORD."""
    return _values_of(final.job) | {name: _storable(getattr(final, name)) for name in _OF_OUTCOME}


def _values_of(job: Job) -> dict[str, Any]:
    return dict(zip(_OF_JOB, _attributes(job), strict=True))


def _storable(value: object) -> object:
    """`value` without NUL in its texts: a device may have sent one, and Postgres cannot store it."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable(item) for item in value]
    return value


def _names(columns: Iterable[str]) -> Composed:
    return SQL(", ").join(Identifier(name) for name in columns)


# One statement for all rows: as many as there are rows cost both sides three times as much.
_INSERT = SQL(
    "INSERT INTO device_backup_result AS r ({columns}) "
    "SELECT {columns} FROM json_populate_recordset(NULL::device_backup_result, %s) "
    "ON CONFLICT (task_identifier) {conflict}"
)
_PLACEMENT = ("repo", "path")  # the inventory may have moved the device since its job was queued
RECORD = _INSERT.format(
    columns=_names((*_OF_JOB, *_OF_OUTCOME)),
    conflict=SQL("DO UPDATE SET {}, job = NULL WHERE r.status = 'queued'").format(
        SQL(", ").join(
            SQL("{0} = excluded.{0}").format(Identifier(name)) for name in (*_PLACEMENT, *_OF_OUTCOME)
        )
    ),
)
"""Gives rows their outcomes, unless they have them. Takes the `final_values` of each, as a JSON list."""

EXPECT = _INSERT.format(
    columns=_names((*_OF_JOB, "status", "job")),
    conflict=SQL("DO NOTHING RETURNING task_identifier, run_seq"),
)
"""Writes rows that are expected, unless they exist. Takes the `expected_values` of each, as a JSON list."""
