"""Jobs go to the queue, and the table notes that they are there: what enqueueing and the sweep share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

from celery import Celery

from pipeline.store.ledger.results import Results
from pipeline.transit.broker import TASK
from pipeline.transit.jobs import send
from pipeline.values.job import Job

PUBLISHING_S = 15.0
"""How long a job may take from its row to the queue. Another driver's sweep leaves it alone meanwhile."""


@contextmanager
def open_publisher(app: Celery, results: Results) -> Iterator[Publisher]:
    """A publisher. When the block ends without an error, all of its jobs are on the queue."""
    with ThreadPoolExecutor(1, "publish") as thread:
        publisher = Publisher(app, results, thread)
        yield publisher
        publisher.wait()


class Publisher:
    """Sends jobs in a thread, so that its owner can use the table meanwhile; see `open_publisher`."""

    def __init__(self, app: Celery, results: Results, thread: Executor) -> None:
        self._app = app
        self._results = results
        self._thread = thread
        self._sending: Future[None] | None = None
        self._identifiers: list[str] = []  # of the jobs that have reached the queue and are not noted yet

    def publish(self, jobs: Sequence[Job]) -> None:
        """Begin to send these jobs. Waits first until the jobs of the last call are on the queue."""
        self.wait()
        if jobs:
            self._sending = self._thread.submit(self._send, jobs)

    def wait(self) -> None:
        """Wait until the jobs are on the queue, and note it. ServiceError if the broker or Postgres is away.

        If the broker goes away half-way, the jobs that have reached it are noted nevertheless.
        """
        if self._sending is None:
            return
        try:
            self._sending.result()
        finally:
            identifiers, self._identifiers, self._sending = self._identifiers, [], None
            if identifiers:
                self._results.note_published(identifiers, datetime.now(UTC))

    def _send(self, jobs: Sequence[Job]) -> None:
        for job in send(self._app, TASK, jobs):
            self._identifiers.append(job.task_identifier)
