"""Expected backups become rows, and then jobs on the queue.

The row is written first, so a crash, a lost message or a dead worker leaves an open row, never a gap. This
may run twice, late, or in two places at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice

from celery import Celery

from pipeline.driver.publish import open_publisher
from pipeline.store.ledger.results import Results
from pipeline.values.job import Backup, Job, expected_job

_PORTION = 500
"""Backups that become rows together, and then jobs. A portion is published within PUBLISHING_S."""


def enqueue(
    app: Celery,
    results: Results,
    backups: Iterable[Backup],
    inventory_commit: str | None,
    run_url: str | None = None,
) -> list[Job]:
    """Write what is expected and queue it; returns the jobs that are new.

    A backup whose task_identifier has a row already becomes no job. Raises ServiceError if Postgres or the
    broker is away; rows already written are then queued by the next sweep, and what has no row yet is due
    again at the next run.
    """
    jobs: list[Job] = []
    remaining = iter(backups)
    # A portion becomes rows while the one before it is sent, since both wait for a server.
    with open_publisher(app, results) as publisher:
        while portion := list(islice(remaining, _PORTION)):
            now = datetime.now(UTC)
            new = results.expect(expected_job(backup, now, inventory_commit, run_url) for backup in portion)
            publisher.publish(new)
            jobs += new
    return jobs
