"""Which backups are due: from slots and from what is recorded, never from a timer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pipeline.driver.due import due
from pipeline.values.device import Credential, Device
from pipeline.values.schedule import Schedule

NIGHTLY = Schedule("nightly", "17 2 * * *", deadline=timedelta(hours=4))
SCHEDULES = {"nightly": NIGHTLY}
NOW = datetime(2025, 1, 31, 9, tzinfo=UTC)


def device(name: str, schedule: str | None = "nightly") -> Device:
    credential = Credential("lab", "backup", password="env:LAB")
    return Device(name, name, "192.0.2.1", "cisco_ios", credential, schedule=schedule)


def test_a_device_without_a_record_is_due_at_its_latest_slot() -> None:
    [item] = due([device("sw1")], SCHEDULES, NOW)
    assert item.task_identifier == "nightly:sw1:2025-01-31T02:17:00Z"
    assert item.slot == datetime(2025, 1, 31, 2, 17, tzinfo=UTC)


def test_a_recorded_slot_is_not_due_again() -> None:
    assert due([device("sw1")], SCHEDULES, NOW, {"nightly:sw1:2025-01-31T02:17:00Z"}) == []


def test_records_may_be_looked_up_once_for_all() -> None:
    asked: list[list[str]] = []

    def recorded(identifiers: Sequence[str]) -> set[str]:
        asked.append(list(identifiers))
        return {"nightly:sw1:2025-01-31T02:17:00Z"}

    found = due([device("sw1"), device("sw2")], SCHEDULES, NOW, recorded)
    assert [item.device.name for item in found] == ["sw2"]
    assert asked == [["nightly:sw1:2025-01-31T02:17:00Z", "nightly:sw2:2025-01-31T02:17:00Z"]]


def test_slots_missed_in_an_outage_collapse_into_the_latest() -> None:
    last_recorded = {"nightly:sw1:2025-01-21T02:17:00Z"}
    assert len(due([device("sw1")], SCHEDULES, NOW, last_recorded)) == 1


def test_a_late_trigger_leaves_the_whole_deadline() -> None:
    [item] = due([device("sw1")], SCHEDULES, NOW)
    assert item.deadline == NOW + timedelta(hours=4)


def test_a_device_without_a_schedule_is_never_due() -> None:
    assert due([device("sw1", schedule=None)], SCHEDULES, NOW) == []
