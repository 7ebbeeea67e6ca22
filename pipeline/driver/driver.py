"""The driver on its services: it enqueues backups, and sweeps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import redis
from celery import Celery

from pipeline.driver.enqueue import enqueue
from pipeline.driver.sweep import Sweeper, SweepReport
from pipeline.store.ledger.results import Results
from pipeline.transit.broker import check_broker
from pipeline.transit.connect import check_redis
from pipeline.transit.jobs import queue_length
from pipeline.transit.results import ResultStream
from pipeline.values.job import Backup, Job


class Driver:
    """Backups become rows and jobs. It holds no state of its own: the table and the queue have it all."""

    def __init__(self, app: Celery, results: Results, client: redis.Redis, stream: str) -> None:
        self._app = app
        self._results = results
        self._redis = client
        self._sweeper = Sweeper(app, results, client, ResultStream(client, stream))

    def check(self) -> None:
        """ServiceError if broker or Redis is away: asked before rows are written that nothing would queue."""
        check_redis(self._redis)
        check_broker(self._app)

    def enqueue(
        self, backups: Iterable[Backup], inventory_commit: str | None, run_url: str | None = None
    ) -> list[Job]:
        """Write what is expected and queue it; see pipeline.driver.enqueue."""
        return enqueue(self._app, self._results, backups, inventory_commit, run_url)

    def sweep(self, republish_after_s: float, now: datetime | None = None) -> SweepReport:
        """Make the table and the queue agree; see pipeline.driver.sweep."""
        return self._sweeper.sweep(republish_after_s, now or datetime.now(UTC))

    def queued(self, queue: str) -> int:
        """Messages waiting in a queue; 0 if there is no such queue."""
        return queue_length(self._app, queue)
