"""Rows of the table, with everything that a test does not care about left empty."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from pipeline.store.ledger.table import Row
from pipeline.values.names import DEFAULT_REPO


def row(device: str, status: str, **more: Any) -> Row:
    """A row of a device of group core."""
    values: dict[str, Any] = {
        "collection_group": "core", "log": (), "facts": {}, "repo": DEFAULT_REPO,
        "device": device, "status": status, **more,
    }  # fmt: skip
    every: dict[str, Any] = {field.name: values.get(field.name) for field in fields(Row)}
    return Row(**every)


def error(message: str) -> list[dict[str, str]]:
    """The log of a backup that ended with this error."""
    return [{"severity": "error", "message": message}]
