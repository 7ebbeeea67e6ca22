"""What `show` tells of one backup."""

from __future__ import annotations

from datetime import UTC, datetime

from pipeline.views.backup import lines
from tests.views.rows import row

AT = datetime(2026, 3, 1, 2, 17, tzinfo=UTC)


def test_facts_that_are_not_known_are_left_out_and_the_log_comes_last() -> None:
    entry = {"timestamp": "2026-03-01T02:17:00Z", "severity": "error", "source": "w1", "message": "silent"}
    failed = row(
        "sw1", "failure", reason="timeout", task_identifier="manual:sw1:1", path="core/sw1.cfg", attempts=3,
        log=[entry], queued_at=AT, deadline=AT,
    )  # fmt: skip
    assert list(lines(failed)) == [
        "task identifier:  manual:sw1:1",
        "device:           sw1",
        "group:            core",
        "status:           failure: timeout",
        "collected:        -",
        "path:             core/sw1.cfg",
        "attempts:         3",
        "queued:           2026-03-01 02:17:00Z",
        "finished:         -",
        "deadline:         2026-03-01 02:17:00Z",
        "  2026-03-01T02:17:00Z  error    w1: silent",
    ]


def test_what_is_stored_is_told_with_its_place() -> None:
    stored = row(
        "sw1", "success", changed=False, path="core/sw1.cfg", repo="finance", commit="abc", size=12,
        sha256="f0", facts={"os_version": "7.1"}, queued_at=AT, deadline=AT,
    )  # fmt: skip
    assert {
        "path:             core/sw1.cfg in finance",
        "commit:           abc (unchanged)",
        "size:             12 bytes, sha256 f0",
        "facts:            os_version 7.1",
    } <= set(lines(stored))
