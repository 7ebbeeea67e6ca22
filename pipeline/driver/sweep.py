"""The sweep makes the table and the queue agree, again and again.

An open row that shows no sign of life is queued again while there is time, and is recorded as lost once its
deadline has passed. This may run twice, late, or in two places at once.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from celery import Celery

from pipeline.driver.publish import PUBLISHING_S, open_publisher
from pipeline.store.ledger.results import Results
from pipeline.store.ledger.table import FinalRow
from pipeline.text.words import counted
from pipeline.transit import device_lock
from pipeline.transit.broker import queue_name
from pipeline.transit.jobs import queue_length
from pipeline.transit.results import ResultStream
from pipeline.values.job import Job
from pipeline.values.times import iso

log = logging.getLogger("devicevault.driver")

_GRACE = timedelta(minutes=5)
"""A worker waits a minute for Redis, and clocks differ."""
_LONGEST_DELAY = timedelta(days=7)
"""How long a consumer may be away before what it would record is given up."""


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one sweep did, as task identifiers."""

    requeued: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


# -- policy --------------------------------------------------------------------------------------


def without_message(silent: Iterable[Job], lengths: Mapping[str, int]) -> list[Job]:
    """The jobs whose message is not on the queue any more. `lengths` are messages by queue.

    A silent job may simply be waiting its turn: only an empty queue says that its message is gone.
    """
    return [job for job in silent if lengths[queue_name(job.device.queue_id)] == 0]


def is_past_hope(job: Job, oldest: datetime | None, now: datetime) -> bool:
    """Whether no outcome can be on its way any more, although Redis says that one was published.

    `oldest`: no entry of the stream is older than that; None if the stream is empty. Entries are
    recorded before they leave the stream, in their order: whatever was published before the oldest one has
    been. A worker publishes within a device's time limits after the deadline. That Redis remembers an outcome
    is a hint, which anybody can leave there: after a week it counts for nothing.
    """
    if oldest is None or now > job.deadline + _LONGEST_DELAY:
        return True
    return oldest > job.deadline + timedelta(seconds=job.hard_limit_s) + _GRACE


def lost_row(job: Job, now: datetime) -> FinalRow:
    """The row of a backup that has no outcome by its deadline."""
    entry = {
        "timestamp": iso(now),
        "severity": "error",
        "source": "driver",
        "message": f"{job.device.name}: no outcome by its deadline {iso(job.deadline)}",
    }
    return FinalRow(job, "lost", "lost", now, log=(entry,))


# -- effects -------------------------------------------------------------------------------------


class Sweeper:
    """Sweeps a table and its queues. Holds no state of its own."""

    def __init__(self, app: Celery, results: Results, client: redis.Redis, stream: ResultStream) -> None:
        self._app = app
        self._results = results
        self._redis = client
        self._stream = stream

    def sweep(self, republish_after_s: float, now: datetime) -> SweepReport:
        """Queue again what shows no sign of life, and record as lost what is past its deadline.

        ServiceError if Postgres, Redis or the broker is away; the next sweep does what is left.
        """
        return SweepReport(
            _identifiers(self._requeue(republish_after_s, now)), _identifiers(self._record_lost(now))
        )

    def _requeue(self, republish_after_s: float, now: datetime) -> list[Job]:
        republish_after, publishing = timedelta(seconds=republish_after_s), timedelta(seconds=PUBLISHING_S)
        silent = self._open(self._results.silent_since(now - republish_after, now))
        names = {queue_name(job.device.queue_id) for job in silent}
        candidates = without_message(silent, {name: queue_length(self._app, name) for name in names})
        jobs = [job for job in candidates if not self._is_running(job)]
        # These never reached the queue: their driver died, or the broker was away.
        grace = min(republish_after, publishing)
        jobs += self._open(self._results.unpublished_since(now - grace, now))
        with open_publisher(self._app, self._results) as publisher:
            publisher.publish(jobs)
        if jobs:
            log.warning("%s queued again: no sign of life", counted(len(jobs), "backup"))
        return jobs

    def _record_lost(self, now: datetime) -> list[Job]:
        overdue = self._results.overdue(now)
        # In this order: whatever is published later than the look at the stream is not lost by it.
        waiting = {job.task_identifier for job in self._open(overdue)}
        oldest = self._stream.oldest() if len(waiting) < len(overdue) else None
        overdue = [job for job in overdue if job.task_identifier in waiting or is_past_hope(job, oldest, now)]
        if overdue:
            self._results.record([lost_row(job, now) for job in overdue])
            log.warning("%s recorded as lost: no outcome by the deadline", counted(len(overdue), "backup"))
        return overdue

    def _open(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs without those whose outcome is on the stream: the consumer will write their rows."""
        published = self._stream.done([job.task_identifier for job in jobs])
        return [job for job in jobs if job.task_identifier not in published]

    def _is_running(self, job: Job) -> bool:
        """Whether a worker holds the device's lock for this job.

        A worker that was killed on this host is known at once, and one on another host once its lock expires.
        """
        holder = device_lock.holder_of(self._redis, job.device.id, job.hard_limit_s)
        if holder is None or holder.task_identifier != job.task_identifier:
            return False
        return not holder.is_dead_sibling()


def _identifiers(jobs: Collection[Job]) -> tuple[str, ...]:
    return tuple(job.task_identifier for job in jobs)
