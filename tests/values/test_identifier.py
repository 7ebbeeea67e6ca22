"""Task identifiers are stored in tables and commits and travel to workers: their texts are a promise."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.values.identifier import (
    Kind,
    accept_identifier,
    kind_of,
    manual_identifier,
    probe_identifier,
    scan_identifier,
    slot_identifier,
)
from tests.support.values import make_job

NOW = datetime(2025, 1, 31, 2, 17, tzinfo=UTC)


def test_identifiers_hold_utc_whatever_the_zone_of_the_slot() -> None:
    slot = datetime(2025, 1, 31, 3, 17, tzinfo=ZoneInfo("Europe/Berlin"))
    assert slot_identifier("nightly", "sw1", slot) == "nightly:sw1:2025-01-31T02:17:00Z"


def test_two_backups_on_demand_within_a_second_are_two() -> None:
    first, second = (datetime(2025, 1, 31, 2, 17, 0, tenths * 100_000, tzinfo=UTC) for tenths in (1, 2))
    assert manual_identifier("sw1", first) == "manual:sw1:2025-01-31T02:17:00.100000Z"
    assert manual_identifier("sw1", first) != manual_identifier("sw1", second)


@pytest.mark.parametrize(
    ("identifier", "text", "kind"),
    [
        (slot_identifier("nightly", "sw1", NOW), "nightly:sw1:2025-01-31T02:17:00Z", "backup"),
        (manual_identifier("sw1", NOW), "manual:sw1:2025-01-31T02:17:00Z", "backup"),
        (accept_identifier("sw1", NOW), "accept:sw1:2025-01-31T02:17:00Z", "backup"),
        (probe_identifier("sw1", NOW), "probe:sw1:2025-01-31T02:17:00Z", "probe"),
        (scan_identifier("sw1", NOW), "hostkeys:sw1:2025-01-31T02:17:00Z", "scan"),
    ],
)
def test_an_identifier_says_what_its_task_does(identifier: str, text: str, kind: Kind) -> None:
    assert identifier == text
    assert kind_of(identifier) == kind
    assert make_job(task_identifier=identifier).kind == kind


def test_a_schedule_whose_name_begins_with_a_kept_word_asks_for_backups() -> None:
    assert kind_of("probe-daily:sw1:2025-01-31T02:17:00Z") == "backup"
