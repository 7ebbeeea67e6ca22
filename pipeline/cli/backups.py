"""How commands print backups: rows of the table."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.cli.output import print_json, print_table
from pipeline.store.ledger.table import Row
from pipeline.views import status
from pipeline.views.rows import as_json


def print_backups(rows: Sequence[Row], output: str) -> None:
    """One line for each backup, or with `output` "json" a list of them."""
    if output == "json":
        print_json([as_json(row) for row in rows])
    else:
        print_table(status.COLUMNS, rows)
