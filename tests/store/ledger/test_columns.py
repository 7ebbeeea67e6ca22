"""The dataclasses that are read from tables, and the tables as the migrations have made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from types import UnionType
from typing import Literal, get_args, get_origin, get_type_hints

import psycopg
import pytest

from pipeline.store.ledger.results import Results
from pipeline.store.ledger.rosters import Place, Version
from pipeline.store.ledger.table import FinalRow, Row

SQL_TYPES: Mapping[object, set[str]] = {
    int: {"bigint", "integer"},
    str: {"text", "uuid"},
    Literal: {"text"},
    bool: {"boolean"},
    datetime: {"timestamp with time zone"},
    Mapping: {"jsonb"},
    Sequence: {"jsonb"},
}

TABLES = {
    "device_backup_result": (Row, {"job", "published_at"}),  # what the driver alone needs of an open row
    "inventory_place": (Place, {"version"}),
    "inventory_version": (Version, {"places", "began_at"}),
}
"""The class that a table's rows are read into, and the columns that are in no row that is read."""


@pytest.mark.parametrize("table", TABLES)
def test_a_row_has_the_columns_of_its_table(table: str, database_url: str) -> None:
    row, unread = TABLES[table]
    with Results(database_url) as results:
        results.migrate()
    with psycopg.connect(database_url) as db:
        columns = {
            name: (kind, nullable == "YES")
            for name, kind, nullable in db.execute(
                "SELECT column_name, data_type, is_nullable FROM information_schema.columns "
                "WHERE table_schema = current_schema() AND table_name = %s",
                (table,),
            )
        }
    hints = get_type_hints(row)
    assert columns.keys() == hints.keys() | unread
    for name, hint in hints.items():
        kinds = set(get_args(hint)) if isinstance(hint, UnionType) else {hint}
        [kind] = kinds - {type(None)}
        sql_type, nullable = columns[name]
        assert sql_type in SQL_TYPES[get_origin(kind) or kind], name
        assert nullable == (type(None) in kinds), name


def test_an_outcome_brings_columns_of_the_row() -> None:
    assert {field.name for field in fields(FinalRow)} - {"job"} <= {field.name for field in fields(Row)}
