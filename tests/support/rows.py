"""Rows of the table for tests, with everything that a test does not care about filled in."""

from __future__ import annotations

from typing import Any

from pipeline.store.ledger.table import Row
from tests.support.values import NOW


def make_row(device: str = "core-sw1", **changes: Any) -> Row:
    """The row of a success; `changes` are its fields."""
    values: dict[str, Any] = {
        "run_seq": 1,
        "task_identifier": f"nightly:{device}",
        "task_id": "00000000-0000-0000-0000-000000000000",
        "device_id": device,
        "device": device,
        "collection_group": "core",
        "schedule": "nightly",
        "slot": NOW,
        "status": "success",
        "reason": None,
        "timestamp": NOW,
        "log": (),
        "changed": True,
        "commit": "c" * 40,
        "path": f"core/{device}.cfg",
        "size": 1,
        "sha256": "d" * 64,
        "inventory_commit": "a" * 40,
        "worker": "w1",
        "attempts": 1,
        "queued_at": NOW,
        "started_at": NOW,
        "finished_at": NOW,
        "deadline": NOW,
    }
    return Row(**{**values, **changes})
