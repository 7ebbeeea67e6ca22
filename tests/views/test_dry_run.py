"""What `collect --dry-run` shows."""

from __future__ import annotations

from pipeline.values.job import Backup
from pipeline.views.dry_run import as_json, lines
from tests.plan.inventories import NOW, device

BACKUPS = [
    Backup("nightly:sw1:x", device("sw1"), NOW, "nightly", NOW),
    Backup("manual:sw2:y", device("sw2", group=None, queue_id=None), NOW),
]


def test_each_backup_is_a_line_with_its_queue() -> None:
    assert list(lines(BACKUPS)) == [
        "collector.group.core  nightly:sw1:x",
        "collector.default     manual:sw2:y",
        "2 backups would be queued",
    ]


def test_scripts_get_the_times_in_utc() -> None:
    first, second = as_json(BACKUPS)["would_queue"]
    assert first == {
        "task_identifier": "nightly:sw1:x", "device": "sw1", "group": "core", "queue": "collector.group.core",
        "schedule": "nightly", "slot": "2026-03-02T12:00:00Z", "deadline": "2026-03-02T12:00:00Z",
    }  # fmt: skip
    assert (second["group"], second["queue"], second["slot"]) == (None, "collector.default", None)
