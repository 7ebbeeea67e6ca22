"""One row per backup, in Postgres: what is expected, and how it ended.

A row is written before its job is published. It gets its outcome from the first writer, and later writers
change nothing. `device_config` and credentials are never in it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import Any, LiteralString, Self

from psycopg.rows import class_row
from psycopg.sql import SQL
from psycopg.types.json import Json

from pipeline.errors import CONTENDED, MessageError
from pipeline.store.ledger import database
from pipeline.store.ledger.actions import Actions
from pipeline.store.ledger.checkpoints import Checkpoints
from pipeline.store.ledger.database import Transaction, column_list
from pipeline.store.ledger.rosters import Rosters
from pipeline.store.ledger.table import EXPECT, RECORD, FinalRow, Row, expected_values, final_values
from pipeline.values.job import Job

log = logging.getLogger("devicevault.results")


_NO_CHECKPOINTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the table expects of a backup: its `job` as it travels, until it has ended."""

    job: Mapping[str, Any]
    has_ended: bool


class Results:
    """A connection to the table. It must not be shared between threads, nor used after a fork.

    Every method raises ServiceError if Postgres cannot be reached. Nothing is left half written.
    """

    def __init__(self, database_url: str, ca_file: str | None = None) -> None:
        self._db = database.connect(database_url, ca_file)
        self.actions = Actions(self._db)
        self.checkpoints = Checkpoints(self._db)
        self.rosters = Rosters(self._db, self.checkpoints)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def migrate(self) -> int:
        """Bring the schema up to date; see database.migrate."""
        return database.migrate(self._db)

    def encoding(self) -> str:
        """The encoding in which the server keeps texts."""
        with self._transaction():
            return database.encoding(self._db)

    def exists(self) -> bool:
        """Whether the table exists. The first process that runs makes it."""
        with self._transaction() as cursor:
            cursor.execute("SELECT to_regclass('device_backup_result')")
            return cursor.fetchone() != (None,)

    # -- what is expected ------------------------------------------------------------------------

    def with_row(self, task_identifiers: Collection[str]) -> set[str]:
        """Those of `task_identifiers` that have a row, of any status."""
        return self._among(task_identifiers)

    def expect(self, jobs: Iterable[Job]) -> list[Job]:
        """Write a queued row for each job that has no row; returns these jobs, with their `run_seq`.

        Idempotent: if several callers bring the same task_identifier, one of them gets its job back.
        """
        by_identifier = {job.task_identifier: job for job in jobs}
        # All callers write in the same order. In different orders they would deadlock on each other's rows.
        rows = [expected_values(job) for _, job in sorted(by_identifier.items())]
        with self._transaction() as cursor:
            cursor.execute(EXPECT, (Json(rows),))
            numbers: dict[str, int] = dict(cursor.fetchall())
        return [
            replace(job, run_seq=numbers[identifier])
            for identifier, job in by_identifier.items()
            if identifier in numbers
        ]

    def note_published(self, task_identifiers: Collection[str], at: datetime) -> None:
        """Note that the jobs are on the queue."""
        with self._transaction() as cursor:
            cursor.execute(
                """UPDATE device_backup_result SET published_at = %s WHERE run_seq IN (
                       SELECT run_seq FROM device_backup_result WHERE task_identifier = ANY(%s)
                       ORDER BY task_identifier FOR UPDATE)""",
                (at, list(task_identifiers)),
            )

    def overdue(self, now: datetime) -> list[Job]:
        """Jobs without an outcome whose deadline has passed."""
        return self._jobs("deadline <= %s", now)

    def silent_since(self, moment: datetime, now: datetime) -> list[Job]:
        """Jobs without an outcome, still in time, that were published before `moment`."""
        return self._jobs("deadline > %s AND published_at <= %s", now, moment)

    def unpublished_since(self, moment: datetime, now: datetime) -> list[Job]:
        """Jobs that were expected before `moment`, are still in time, and never reached the queue."""
        return self._jobs("deadline > %s AND published_at IS NULL AND queued_at <= %s", now, moment)

    def _jobs(self, condition: str, *values: datetime) -> list[Job]:
        """Jobs without an outcome. A job that cannot be read is not among them: it ends as `malformed`."""
        with self._transaction() as cursor:
            cursor.execute(
                f"SELECT run_seq, task_identifier, job FROM device_backup_result "  # noqa: S608 - literals above
                f"WHERE status = 'queued' AND {condition} ORDER BY run_seq",
                values,
            )
            rows = cursor.fetchall()
        jobs = []
        for run_seq, task_identifier, job in rows:
            try:
                jobs.append(replace(Job.from_json(job), run_seq=run_seq))
            except MessageError as error:  # another version of DeviceVault wrote it
                log.error("%s: the job in the table cannot be read: %s", task_identifier, error)
                self.fail(task_identifier, "malformed", datetime.now(UTC))
        return jobs

    # -- how it ended ----------------------------------------------------------------------------

    def record(self, finals: Sequence[FinalRow], checkpoints: Mapping[str, str] = _NO_CHECKPOINTS) -> int:
        """Give rows their outcomes; returns how many rows had none before.

        The first writer wins: a row with an outcome stays as it is. A row that is missing, because the table
        was rebuilt for example, is written whole. `checkpoints` say for configs repos, by name, up to which
        commit every commit has its row; see `Checkpoints.move` for the StateError.
        """
        rows: dict[str, dict[str, Any]] = {}
        for final in finals:
            rows.setdefault(final.job.task_identifier, final_values(final))
        with self._transaction() as cursor:
            cursor.execute(RECORD, (Json(list(rows.values())),))
            written = cursor.rowcount
            self.checkpoints.move(cursor, checkpoints)
        return written

    def fail(self, task_identifier: str, reason: str, at: datetime) -> bool:
        """Record a failure of which nothing but the identifier is known; False if the row has its outcome."""
        with self._transaction() as cursor:
            cursor.execute(
                """UPDATE device_backup_result
                   SET status = 'failure', reason = %s, "timestamp" = %s, job = NULL
                   WHERE task_identifier = %s AND status = 'queued'""",
                (reason, at, task_identifier),
            )
            return cursor.rowcount == 1

    def clock(self) -> datetime:
        """The server's time. Deadlines need clocks that agree."""
        with self._transaction() as cursor:
            row = cursor.execute("SELECT now()").fetchone()
            assert row is not None
            moment: datetime = row[0]
            return moment

    def expected(self, task_identifiers: Collection[str]) -> dict[str, Expectation]:
        """What is expected of those of `task_identifiers` that have a row."""
        with self._transaction() as cursor:
            cursor.execute(
                "SELECT task_identifier, run_seq, status, job FROM device_backup_result "
                "WHERE task_identifier = ANY(%s)",
                (list(task_identifiers),),
            )
            return {
                identifier: Expectation({**(job or {}), "run_seq": run_seq}, status != "queued")
                for identifier, run_seq, status, job in cursor
            }

    # -- reading ---------------------------------------------------------------------------------

    def with_outcome(self, task_identifiers: Collection[str]) -> set[str]:
        """Those of `task_identifiers` whose row has its outcome."""
        return self._among(task_identifiers, "AND status <> 'queued'")

    def get(self, task_identifiers: Collection[str]) -> dict[str, Row]:
        """The rows of `task_identifiers`, by identifier."""
        rows = self._rows("task_identifier = ANY(%s)", list(task_identifiers))
        return {row.task_identifier: row for row in rows}

    def history(self, device: str, limit: int = 20) -> list[Row]:
        """The newest rows of a device, by its name; also those from before it was renamed."""
        return self._rows(
            """device_id = (SELECT device_id FROM device_backup_result WHERE device = %s
                            ORDER BY run_seq DESC LIMIT 1)
               ORDER BY run_seq DESC LIMIT %s""",
            device,
            limit,
        )

    def latest(self) -> list[Row]:
        """The newest row of each device of the inventory in force, by name.

        Without an inventory in force it is that of every device. A contended row says nothing of its device:
        the row of the session that it met is returned, or of the last one before. It is itself returned if
        the device has been backed up by none since it was asked for: whoever holds the device then lets
        nobody else to it.
        """
        return self._rows(
            """run_seq IN (
                   SELECT CASE newest.reason WHEN %(contended)s THEN coalesce((
                       SELECT max(run_seq) FROM device_backup_result
                       WHERE device_id = newest.device_id AND reason IS DISTINCT FROM %(contended)s
                         AND NOT EXISTS (
                             SELECT FROM device_backup_result last
                             WHERE last.run_seq = (
                                 SELECT max(run_seq) FROM device_backup_result
                                 WHERE device_id = newest.device_id AND reason IS DISTINCT FROM %(contended)s)
                               AND last.status = 'success'
                               AND coalesce(last.finished_at, last."timestamp")
                                   < newest.queued_at - interval '1 minute')  -- clocks differ
                   ), newest.run_seq) ELSE newest.run_seq END
                   FROM device_backup_result newest
                   WHERE run_seq IN (SELECT max(run_seq) FROM device_backup_result GROUP BY device_id))
               AND (NOT EXISTS (SELECT FROM inventory_version)
                    OR device_id IN (SELECT device_id FROM inventory_place
                                     WHERE version = (SELECT max(version) FROM inventory_version)))
               ORDER BY device""",
            contended=CONTENDED,
        )

    def last_successes(self, device_ids: Collection[str] | None = None) -> dict[str, Row]:
        """The newest success of each device, by device id; of all devices if none are given."""
        condition = "TRUE" if device_ids is None else "device_id = ANY(%s)"
        values = () if device_ids is None else (list(device_ids),)
        rows = self._rows(
            "run_seq IN (SELECT max(run_seq) FROM device_backup_result "  # noqa: S608 - literals only
            f"WHERE status = 'success' AND {condition} GROUP BY device_id)",
            *values,
        )
        return {row.device_id: row for row in rows}

    def _among(self, task_identifiers: Collection[str], condition: str = "") -> set[str]:
        with self._transaction() as cursor:
            cursor.execute(
                f"SELECT task_identifier FROM device_backup_result "  # noqa: S608 - literals above
                f"WHERE task_identifier = ANY(%s) {condition}",
                (list(task_identifiers),),
            )
            return {row[0] for row in cursor}

    def _rows(self, condition: LiteralString, *values: Any, **named: Any) -> list[Row]:
        with Transaction(self._db, class_row(Row)) as cursor:
            cursor.execute(
                SQL("SELECT {} FROM device_backup_result WHERE {}").format(_COLUMNS, SQL(condition)),
                named or values,
            )
            return cursor.fetchall()

    def _transaction(self) -> Transaction:
        return Transaction(self._db)


_COLUMNS = column_list(Row)
