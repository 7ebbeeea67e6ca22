"""Expected rows, then jobs on the queue; and the sweep that makes the two agree, again and again.

The row is written first, so a crash, a lost message or a dead worker leaves an open row, never a gap.
The sweep queues open rows again while there is time and calls them `lost` once their deadline has
passed. Everything here may run twice, late, or in two places at once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

import redis
from celery import Celery

from pipeline.store.ledger.results import Results
from pipeline.store.ledger.table import Final
from pipeline.text.words import counted
from pipeline.transit import device_lock
from pipeline.transit.broker import TASK, broker_away, broker_errors, check_broker, queue_name
from pipeline.transit.connect import check_redis
from pipeline.transit.jobs import PATIENCE, send
from pipeline.transit.results import ResultStream
from pipeline.values.checks import iso
from pipeline.values.job import Backup, Job, expected_job

log = logging.getLogger("devicevault.driver")

_PUBLISHING_S = 15.0
"""Another driver may still be on its way from the row to the queue for so long."""

_PORTION = 500
"""Backups that become rows together, and then jobs."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did, as task identifiers."""

    requeued: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


class _Publishing(NamedTuple):
    """Jobs on their way to the queue: how that ends, and the identifiers of those that are there."""

    outcome: Future[None]
    published: list[str]


class Driver:
    """Plans become rows and jobs. Holds no state of its own: the table and the queue have it all."""

    def __init__(self, app: Celery, results: Results, client: redis.Redis, stream: str) -> None:
        self._app = app
        self._results = results
        self._redis = client
        self._stream = ResultStream(client, stream)

    def check(self) -> None:
        """ServiceError if broker or Redis is away: asked before rows are written that nothing would queue."""
        check_redis(self._redis)
        check_broker(self._app)

    def enqueue(
        self, backups: Iterable[Backup], inventory_commit: str | None, run_url: str | None = None
    ) -> list[Job]:
        """Write what is expected and queue it; returns the jobs that are new.

        A backup whose task_identifier has a row already is nobody's job here. Raises ServiceError if
        Postgres or the broker is away; rows already written are then queued by the next sweep, and what has
        no row yet is due again at the next run.
        """
        jobs: list[Job] = []
        waiting = iter(backups)
        under_way: _Publishing | None = None
        # A portion becomes rows while the one before is on its way, since both wait for a server. Each is
        # published within _PUBLISHING_S: another driver's sweep would queue it, too.
        with ThreadPoolExecutor(1, "publish") as thread:
            while portion := list(islice(waiting, _PORTION)):
                now = datetime.now(UTC)
                new = self._results.expect(
                    expected_job(backup, now, inventory_commit, run_url) for backup in portion
                )
                self._finish(under_way)
                under_way = self._begin(thread, new)
                jobs += new
            self._finish(under_way)
        return jobs

    def sweep(self, republish_after_s: float, now: datetime | None = None) -> Swept:
        """Reconcile: queue again what shows no sign of life, record as lost what is past its deadline."""
        now = now or datetime.now(UTC)
        return Swept(self._requeue(now, republish_after_s), self._give_up(now))

    def _give_up(self, now: datetime) -> tuple[str, ...]:
        overdue = self._without_outcome(self._results.overdue(now))
        if not overdue:
            return ()
        finals = [
            Final(job, "lost", "lost", iso(now), log=({
                "timestamp": iso(now), "severity": "error", "source": "driver",
                "message": f"{job.device.name}: no outcome by its deadline {job.deadline}",
            },))
            for job in overdue
        ]  # fmt: skip
        self._results.record(finals)
        log.warning("%s recorded as lost: no outcome by the deadline", counted(len(overdue), "backup"))
        return tuple(job.task_identifier for job in overdue)

    def _requeue(self, now: datetime, republish_after_s: float) -> tuple[str, ...]:
        silent = self._without_outcome(
            self._results.silent_since(now - timedelta(seconds=republish_after_s), now)
        )
        # A job may simply be waiting its turn: only an empty queue says that its message is gone.
        waiting = {name: self.queued(name) for name in {queue_name(job.device.queue_id) for job in silent}}
        gone = [job for job in silent if not waiting[queue_name(job.device.queue_id)] and not self._runs(job)]
        # These never got there: their driver died, or the broker was away.
        grace = timedelta(seconds=min(republish_after_s, _PUBLISHING_S))
        gone += self._without_outcome(self._results.unpublished_since(now - grace, now))
        self._publish(gone)
        if gone:
            log.warning("%s queued again: no sign of life", counted(len(gone), "backup"))
        return tuple(job.task_identifier for job in gone)

    def _without_outcome(self, jobs: Sequence[Job]) -> list[Job]:
        """Leave out those whose outcome waits on the stream: the consumer will write it."""
        done = self._stream.done([job.task_identifier for job in jobs])
        return [job for job in jobs if job.task_identifier not in done]

    def _runs(self, job: Job) -> bool:
        """Whether a worker is at it. One that was killed on another host is known by its lock's expiry."""
        holder = device_lock.holder_of(self._redis, job.device.id)
        if holder is None or holder.task_identifier != job.task_identifier:
            return False
        return not holder.is_dead_sibling()

    def queued(self, queue: str) -> int:
        """Messages waiting in a queue; 0 if there is no such queue."""
        try:
            with self._app.connection_for_write() as connection:
                connection.ensure_connection(**PATIENCE)
                with closing(connection.channel()) as channel:
                    return int(channel.queue_declare(queue=queue, passive=True).message_count)
        except connection.channel_errors:
            return 0
        except broker_errors(connection) as error:
            raise broker_away(self._app, error) from error

    def _publish(self, jobs: Sequence[Job]) -> None:
        with ThreadPoolExecutor(1, "publish") as thread:
            self._finish(self._begin(thread, jobs))

    def _begin(self, thread: Executor, jobs: Sequence[Job]) -> _Publishing | None:
        """Let jobs be published by a thread, which has no use for the table."""
        if not jobs:
            return None
        published: list[str] = []

        def publish() -> None:
            for job in send(self._app, TASK, jobs):
                published.append(job.task_identifier)

        return _Publishing(thread.submit(publish), published)

    def _finish(self, publishing: _Publishing | None) -> None:
        """Wait for what was begun, and note what is on the queue; ServiceError if the broker is away."""
        if publishing is None:
            return
        try:
            publishing.outcome.result()
        finally:
            if publishing.published:
                self._results.published(publishing.published, datetime.now(UTC))
