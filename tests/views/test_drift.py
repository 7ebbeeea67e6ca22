"""What `drift` shows, on a terminal and in a job's summary."""

from __future__ import annotations

from datetime import UTC, datetime

from pipeline.audit.drift import Difference
from pipeline.values.names import DEFAULT_REPO
from pipeline.views.drift import COLUMNS, as_json, as_markdown, lines

STALE = Difference(
    "stale", "sw1", "core", DEFAULT_REPO, "core/sw1.cfg", datetime(2026, 3, 1, 2, 17, tzinfo=UTC)
)
ORPHAN = Difference("orphaned", None, None, "finance", "edge/sw2.cfg")


def test_each_difference_is_a_line_and_a_file_of_another_repo_names_it() -> None:
    assert [[column.text(each) for column in COLUMNS] for each in (STALE, ORPHAN)] == [
        ["stale", "sw1", "core/sw1.cfg", "2026-03-01 02:17:00Z"],
        ["orphaned", "-", "finance: edge/sw2.cfg", "-"],
    ]


def test_below_the_table_kinds_are_counted_and_explained_once() -> None:
    assert list(lines([STALE, ORPHAN, ORPHAN], 7)) == [
        "7 devices: 1 stale, 2 orphaned",
        "  stale: the newest good backup is older than it should be",
        "  orphaned: a file of no device of the inventory",
    ]
    assert list(lines([], 1)) == ["1 device: no drift"]


def test_a_summary_has_the_same_rows() -> None:
    assert as_markdown([STALE, ORPHAN], 7).splitlines() == [
        "**7 devices: 1 stale, 1 orphaned**",
        "",
        "| What | Device | File | Last good backup |",
        "| --- | --- | --- | --- |",
        "| stale | `sw1` | `core/sw1.cfg` | 2026-03-01 02:17:00Z |",
        "| orphaned | `-` | `finance: edge/sw2.cfg` | - |",
    ]
    assert as_markdown([], 7) == "**7 devices: no drift**\n"


def test_scripts_get_every_field() -> None:
    assert as_json([ORPHAN]) == [
        {"kind": "orphaned", "device": None, "group": None, "repo": "finance", "path": "edge/sw2.cfg",
         "last_success": None},
    ]  # fmt: skip
