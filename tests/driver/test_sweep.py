"""What the sweep decides: which jobs have no message any more, and how a lost backup's row reads."""

from __future__ import annotations

from datetime import timedelta

from pipeline.driver.sweep import lost_row, without_message
from tests.support.values import NOW, make_job


def test_a_job_waits_its_turn_while_its_queue_is_not_empty() -> None:
    core, edge = make_job("sw1", queue_id="core"), make_job("sw2", queue_id="edge")
    anywhere = make_job("sw3", queue_id=None)
    lengths = {"collector.group.core": 1, "collector.group.edge": 0, "collector.default": 0}
    assert without_message([core, edge, anywhere], lengths) == [edge, anywhere]


def test_a_lost_backup_says_which_deadline_passed() -> None:
    job = make_job("sw1", deadline=NOW + timedelta(hours=4))
    row = lost_row(job, NOW + timedelta(hours=5))
    assert (row.job, row.status, row.reason, row.attempts) == (job, "lost", "lost", 0)
    assert row.timestamp == NOW + timedelta(hours=5)
    [entry] = row.log
    assert entry["message"] == "sw1: no outcome by its deadline 2026-03-01T06:17:00Z"
