"""A connection to Postgres: its limits, its schema, and its failures as one line that names the setting."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from functools import partial
from importlib import resources
from types import TracebackType
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Composed, Identifier
from psycopg.types.json import set_json_dumps
from psycopg.types.string import TextLoader

from pipeline.errors import ServiceError, StateError
from pipeline.transit.endpoint import database_endpoints, explained
from pipeline.values.times import iso
from pipeline.values.urls import without_password

_MIGRATION_LOCK = 0x6465_7661  # an arbitrary constant: two processes must not migrate at once
# In seconds; tcp_user_timeout is in milliseconds. Without them a connection through a network that went
# silent would wait for two hours. The URL may say otherwise.
_LIMITS = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
UTF8 = "UTF8"
_TAKEN = (UTF8, "SQL_ASCII")
"""Encodings that a new database may have. SQL_ASCII keeps whatever bytes it gets, and ours are UTF-8."""

Connection = psycopg.Connection[Any]


def connect(database_url: str, ca_file: str | None = None) -> Connection:
    """A connection in autocommit mode; ServiceError if there is none.

    With a `ca_file`, a server on another machine has to show a certificate of one of its CAs, unless the URL
    has an `sslmode` of its own.
    """
    try:
        # In the encoding of the database texts could come as bytes, and not every text could be stored.
        options = {
            **_LIMITS,
            **_tls(database_url, ca_file),
            **conninfo_to_dict(database_url),
            "client_encoding": UTF8,
        }
        db = psycopg.connect(make_conninfo("", **options), autocommit=True)
    except psycopg.Error as error:
        raise service_error(error) from error
    db.adapters.register_loader("uuid", TextLoader)  # a task's id is a text, as it is for Celery
    # As texts, not as escapes: only a database in UTF-8 could turn those into characters.
    set_json_dumps(partial(json.dumps, ensure_ascii=False, default=plain), db)
    return db


def plain(value: object) -> str:
    """How a value that JSON does not know stands in what is written to a table."""
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} does not belong into a row")


def _tls(database_url: str, ca_file: str | None) -> dict[str, str]:
    if ca_file is None:
        return {}
    is_local = all(endpoint.is_local for endpoint in database_endpoints(database_url))
    return {"sslrootcert": ca_file, **({} if is_local else {"sslmode": "verify-full"})}


def column_list(row: type, table: str = "") -> Composed:
    """The fields of a dataclass as the columns that a query selects; a join says of which `table`."""
    path = (table,) if table else ()
    return SQL(", ").join(Identifier(*path, field.name) for field in fields(row))


def migrate(db: Connection) -> int:
    """Bring the schema up to date and return its version. Safe to call from several processes.

    Raises StateError if the database was written by a newer DeviceVault, or has no table yet and an encoding
    that cannot hold every text.
    """
    folder = resources.files("pipeline.store.ledger.migrations")
    scripts = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    with Transaction(db) as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
        cursor.execute("CREATE TABLE IF NOT EXISTS devicevault_schema (version integer NOT NULL)")
        row = cursor.execute("SELECT coalesce(max(version), 0) FROM devicevault_schema").fetchone()
        assert row is not None
        version: int = row[0]
        if version == 0 and (found := encoding(db)) not in _TAKEN:
            raise StateError(
                f"DEVICEVAULT_DATABASE_URL: the database has the encoding {found}, which cannot hold every "
                "text; make one with ENCODING 'UTF8' TEMPLATE template0"
            )
        if version > len(scripts):
            raise StateError(
                f"DEVICEVAULT_DATABASE_URL: the schema has version {version}, newer than this "
                f"DeviceVault's {len(scripts)}; upgrade DeviceVault"
            )
        for number, script in enumerate(scripts[version:], start=version + 1):
            cursor.execute(script.read_bytes())
            cursor.execute("INSERT INTO devicevault_schema VALUES (%s)", (number,))
    return len(scripts)


def encoding(db: Connection) -> str:
    """The encoding in which the server keeps the database's texts, such as `UTF8`."""
    row = db.execute("SHOW server_encoding").fetchone()
    assert row is not None
    return str(row[0])


class Transaction:
    """A cursor in a transaction; a lost connection becomes a ServiceError."""

    def __init__(self, db: Connection, row_factory: Any = None) -> None:
        self._db = db
        self._rows = {} if row_factory is None else {"row_factory": row_factory}
        self._transaction = db.transaction()

    def __enter__(self) -> psycopg.Cursor[Any]:
        try:
            self._transaction.__enter__()
        except _UNUSABLE as error:
            raise service_error(error) from error
        cursor: psycopg.Cursor[Any] = self._db.cursor(**self._rows)
        return cursor

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._transaction.__exit__(kind, error, trace)
        except _UNUSABLE as lost:
            raise service_error(lost) from lost
        if isinstance(error, _UNUSABLE) and not isinstance(error, _TOO_MUCH):
            raise service_error(error) from error


# The server is away, full or read-only, or DeviceVault may not work in the database.
_UNUSABLE = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
)


# What was written is too large or too deep for Postgres, which is as well as ever.
_TOO_MUCH = (psycopg.errors.ProgramLimitExceeded, psycopg.errors.StatementTooComplex)


def service_error(error: psycopg.Error) -> ServiceError:
    """The failure as one line, without a password."""
    lines = str(error).strip().splitlines()
    words = without_password(lines[0]) if lines else type(error).__name__
    return ServiceError(f"DEVICEVAULT_DATABASE_URL: cannot use Postgres: {explained(words)}")
