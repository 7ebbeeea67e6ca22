"""What the table and the log say of an outcome."""

from __future__ import annotations

from pipeline.store.rows import failure_row, log_fields, log_line, refusal_row, success_row
from tests.support.values import NOW, failure, make_job, success

COMMIT = "0123456789abcdef" * 2 + "01234567"


def test_a_success_names_its_commit_and_has_no_reason() -> None:
    outcome = success(make_job(), "a\n", reason="of no meaning in a success", facts={"os_version": "15.2"})
    row = success_row(outcome, changed=True, commit=COMMIT, size=2, sha256="d" * 64)
    assert (row.status, row.reason, row.changed, row.commit, row.size) == ("success", None, True, COMMIT, 2)
    assert (row.facts, row.worker, row.timestamp) == ({"os_version": "15.2"}, "w1", outcome.collected_at)
    assert log_line(row) == "core-sw1: committed as 0123456789"


def test_an_unchanged_configuration_is_told_with_the_commit_that_holds_it() -> None:
    row = success_row(success(make_job(), "a\n"), changed=False, commit=COMMIT, size=2, sha256="d" * 64)
    assert log_line(row) == "core-sw1: unchanged since 0123456789"


def test_a_failure_is_recorded_as_the_worker_reported_it() -> None:
    row = failure_row(failure(make_job(), "truncated"))
    assert (row.status, row.reason, row.attempts, row.commit) == ("failure", "truncated", 3, None)
    assert log_line(row) == "core-sw1: failure (truncated)"


def test_a_refusal_is_explained_in_the_log_of_its_row() -> None:
    outcome = success(make_job(), "a\n")
    row = refusal_row(outcome, "unlisted", "it is not in the inventory", NOW)
    assert (row.status, row.reason, row.changed, row.commit) == ("failure", "unlisted", None, None)
    assert row.log[:-1] == outcome.log
    assert row.log[-1] == {
        "timestamp": "2026-03-01T02:17:00Z",
        "severity": "error",
        "source": "consumer",
        "message": "core-sw1: it is not in the inventory",
    }
    assert log_fields(row) == {
        "device": "core-sw1",
        "status": "failure",
        "reason": "unlisted",
        "changed": None,
        "commit": None,
    }
