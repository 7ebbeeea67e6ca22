"""The inventory in force, which the configs repos follow: the live devices, and where each has its place.

A driver writes a version here when the inventory's commit moves. The consumer compares it with the last
version that it applied, moves files, and marks it applied. Both may be killed and run again at any point: the
newest version says all that there is to do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Self

from psycopg.rows import class_row
from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from pipeline.store.ledger.checkpoints import Checkpoints
from pipeline.store.ledger.database import Connection, Transaction, column_list
from pipeline.values.device import Device

_ADOPT_LOCK = 0x6465_7662  # two drivers must not write a version at once


@dataclass(frozen=True, slots=True)
class Place:
    """Where a live device's configuration belongs. The fields are the columns of `inventory_place`."""

    device_id: str
    device: str
    collection_group: str | None
    repo: str
    path: str

    @classmethod
    def of(cls, device: Device) -> Self:
        """Where the inventory says that it belongs."""
        return cls(device.id, device.name, device.group, device.repo, device.path)


@dataclass(frozen=True, slots=True)
class Move:
    """What a version changes for one device: `before` is None for a new one, `after` for a removed one."""

    before: Place | None
    after: Place | None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the inventory; `applied_at` is None while the configs repos do not follow it yet.

    The fields are columns of `inventory_version`.
    """

    version: int
    commit: str
    since: datetime
    applied_at: datetime | None


class Rosters:
    """The versions in Postgres, over a connection of `Results`. Methods raise ServiceError if it is away."""

    def __init__(self, db: Connection, checkpoints: Checkpoints) -> None:
        self._db = db
        self._checkpoints = checkpoints

    def newest(self) -> Version | None:
        """The version in force; None before any driver has written one."""
        with Transaction(self._db, class_row(Version)) as cursor:
            found: Version | None = cursor.execute(
                SQL("SELECT {} FROM inventory_version ORDER BY version DESC LIMIT 1").format(
                    column_list(Version)
                )
            ).fetchone()
            return found

    def adopt(self, commit: str, devices: Iterable[Device], in_force: str | None) -> bool:
        """Put the inventory of `commit` in force; False if another driver was first.

        `in_force` is the commit that is in force as the caller knows it. If no device is added, removed or
        moved, there is nothing to apply, and only the commit is noted.
        """
        places = sorted(_VALUES(Place.of(device)) for device in devices)
        digest = hashlib.sha256(repr(places).encode()).hexdigest()
        with Transaction(self._db) as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_ADOPT_LOCK,))
            row = cursor.execute(
                'SELECT version, "commit", places FROM inventory_version ORDER BY version DESC LIMIT 1'
            ).fetchone()
            if (row and row[1]) != in_force:
                return False
            if row and row[2] == digest:
                cursor.execute(
                    'UPDATE inventory_version SET "commit" = %s, since = now() WHERE version = %s',
                    (commit, row[0]),
                )
                return True
            new = cursor.execute(
                'INSERT INTO inventory_version ("commit", places) VALUES (%s, %s) RETURNING version',
                (commit, digest),
            ).fetchone()
            assert new is not None
            with cursor.copy(SQL("COPY inventory_place (version, {}) FROM STDIN").format(_COLUMNS)) as copy:
                for place in places:
                    copy.write_row((new[0], *place))
            return True

    def places(self, version: int, device_ids: Collection[str] | None = None) -> dict[str, Place]:
        """The places of these devices, or of all, by device id. A device that is not live has no place."""
        with Transaction(self._db, class_row(Place)) as cursor:
            cursor.execute(
                SQL(
                    "SELECT {} FROM inventory_place "
                    "WHERE version = %s AND (%s::text[] IS NULL OR device_id = ANY(%s))"
                ).format(_COLUMNS),
                (version, *[None if device_ids is None else list(device_ids)] * 2),
            )
            return {place.device_id: place for place in cursor}

    def moves(self, version: int) -> list[Move]:
        """What a version that is not applied yet moves; sorted by the device's new name, then by its old one.

        The version is compared with the newest one that was applied. Before the first of them, it is compared
        with the places where the devices' last successes were stored.
        """
        with Transaction(self._db) as cursor:
            cursor.execute(_MOVES, {"version": version})
            width = len(fields(Place))
            return [Move(_place(row[:width]), _place(row[width:])) for row in cursor]

    def note_heads(self, version: int, heads: Mapping[str, str]) -> dict[str, str]:
        """Note where the branches are before a version is applied; returns what was noted first.

        `heads` has a commit for each configs repo, or "" for one without commits.
        """
        with Transaction(self._db) as cursor:
            row = cursor.execute(
                "UPDATE inventory_version SET began_at = %s::jsonb || coalesce(began_at, '{}') "
                "WHERE version = %s RETURNING began_at",
                (Jsonb(dict(heads)), version),
            ).fetchone()
            assert row is not None, "nobody deletes a version that is not applied"
            noted: dict[str, str] = row[0]
            return noted

    def mark_applied(self, version: int, checkpoints: Mapping[str, str]) -> None:
        """Mark a version as applied, and move the checkpoints of the configs repos."""
        with Transaction(self._db) as cursor:
            cursor.execute("UPDATE inventory_version SET applied_at = now() WHERE version = %s", (version,))
            cursor.execute("DELETE FROM inventory_version WHERE version < %s", (version,))
            self._checkpoints.move(cursor, checkpoints)

    def repos(self) -> set[str]:
        """Every configs repo in which something was ever stored, or in which a device has its place now."""
        with Transaction(self._db) as cursor:
            cursor.execute("SELECT repo FROM configs_repo_checkpoint UNION SELECT repo FROM inventory_place")
            return {row[0] for row in cursor}


_COLUMNS = column_list(Place)

_VALUES = attrgetter(*(field.name for field in fields(Place)))

_MOVES = SQL("""
WITH last AS (SELECT max(version) AS version FROM inventory_version
              WHERE applied_at IS NOT NULL AND version < %(version)s),
before AS (
    SELECT {columns} FROM inventory_place WHERE version = (SELECT version FROM last)
    UNION ALL
    SELECT * FROM (SELECT DISTINCT ON (device_id) {columns} FROM device_backup_result
                   WHERE status = 'success' AND (SELECT version FROM last) IS NULL
                   ORDER BY device_id, run_seq DESC) AS stored
),
after AS (SELECT {columns} FROM inventory_place WHERE version = %(version)s)
SELECT {before}, {after}
FROM before FULL JOIN after USING (device_id)
WHERE (before.repo, before.path) IS DISTINCT FROM (after.repo, after.path)
ORDER BY after.device, before.device
""").format(columns=_COLUMNS, before=column_list(Place, "before"), after=column_list(Place, "after"))


def _place(columns: tuple[Any, ...]) -> Place | None:
    """One side of a join that may have no row."""
    return None if columns[0] is None else Place(*columns)
