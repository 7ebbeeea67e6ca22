"""The columns of `status`, and which of them a narrow terminal does without."""

from __future__ import annotations

from datetime import UTC, datetime

from pipeline.views.status import COLUMNS, no_backups, without_backup
from pipeline.views.table import without_least_needed
from tests.plan.inventories import device
from tests.views.rows import error, row

AT = datetime(2026, 3, 1, 2, 17, 5, tzinfo=UTC)


def headings(columns: tuple[object, ...]) -> list[str]:
    return [column.heading for column in COLUMNS if column in columns]


def test_each_column_says_one_thing_of_a_backup() -> None:
    rows = [
        row("sw1", "success", changed=True, commit="0123456789abcdef", timestamp=AT),
        row("sw2", "failure", reason="timeout", log=error("timeout: sw2: silent"), queued_at=AT),
        row("sw3", "queued", collection_group=None, queued_at=AT),
    ]
    assert [[column.text(each) for column in COLUMNS] for each in rows] == [
        ["sw1", "core", "success", "changed", "0123456789", "2026-03-01 02:17:05Z"],
        ["sw2", "core", "failure", "timeout", "-", "2026-03-01 02:17:05Z"],
        ["sw3", "-", "queued", "waiting", "-", "2026-03-01 02:17:05Z"],
    ]


def test_only_the_status_has_a_colour_and_it_says_whether_to_look() -> None:
    contended = row("sw4", "failure", reason="contended")
    rows = [row("sw1", "success"), row("sw2", "failure"), row("sw3", "lost"), contended, row("sw5", "queued")]
    [coloured] = [column for column in COLUMNS if any(map(column.colour, rows))]
    assert coloured.heading == "STATUS"
    assert [coloured.colour(each) for each in rows] == ["green", "red", "red", "yellow", "yellow"]


def test_the_commit_goes_first_and_status_and_reason_never() -> None:
    columns, left_out = COLUMNS, []
    while (fewer := without_least_needed(columns)) != columns:
        left_out += [column.heading for column in columns if column not in fewer]
        columns = fewer
    assert left_out == ["COMMIT", "WHEN", "GROUP"]
    assert headings(columns) == ["DEVICE", "STATUS", "WHAT"]


def test_what_stands_where_there_is_no_line() -> None:
    assert no_backups(failed=True, all_devices=True) == "no device failed"
    assert no_backups(failed=False, all_devices=True) == "nothing has been backed up yet"
    assert no_backups(failed=False, all_devices=False) == "none of these devices has been backed up yet"
    many = [device(f"sw{number:02}") for number in range(12)]
    assert without_backup(many[:1]) == "note: 1 device without a backup: sw00"
    assert without_backup(many).endswith("sw08, sw09 and 2 more")
