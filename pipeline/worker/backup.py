"""`device.collect`: one delivery of one job in a worker.

Order of steps, and what a crash at each leaves:

    done?     an outcome is on the stream already → a late second delivery, ends silently
    lock      another session at the device → `contended`; the same backup → a duplicate, ends silently
    count     attempts are counted before anything can kill the worker; past the limit → `crashed`
    collect   killed here: no outcome; the broker or the sweep delivers the job again
    publish   outcome on the stream; killed after it: the second delivery finds it done
    unlock

The first three are one step on the server, and the last two: `pipeline.transit.protocol` has the scripts.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, assert_never, cast

from celery import Celery, Task

from collectors.contract import CollectorResult
from pipeline import logs
from pipeline.errors import MessageError, ServiceError
from pipeline.settings import Settings
from pipeline.transit.broker import TASK, broker_url, is_amqp, make_queue, queue_name
from pipeline.transit.device_lock import Contended, DuplicateDelivery, Lease
from pipeline.transit.jobs import SIGNATURE
from pipeline.values.failure import Failure
from pipeline.values.job import Job
from pipeline.values.outcome import Outcome
from pipeline.values.times import from_iso
from pipeline.worker import attempt, task_ends
from pipeline.worker.connections import Connections
from pipeline.worker.fit import cut_facts, cut_log
from pipeline.worker.policy import SAFE, Policies
from pipeline.worker.retry import Begin, GiveUp, Retry, backoff, begin, retry, seconds_left

log = logging.getLogger("devicevault.worker")

_PUBLISH_RETRY_S = 60.0


@dataclass(frozen=True, slots=True)
class Drop:
    """Nothing comes of this delivery. Another delivery has the backup, or the sweep queues it again."""

    why: Literal["unreadable", "duplicate", "lock lost"]


Ending = Outcome | Retry | Drop
"""How a delivery ends. An Outcome has been published."""


def register(app: Celery, settings: Settings, connections: Connections, policy: Policies = SAFE) -> Task:
    """Add `device.collect` to the app, and record what only the worker's parent process sees."""
    worker = Worker(settings, connections, policy)
    url = broker_url(settings)

    @app.task(name=TASK, bind=True, max_retries=None, ignore_result=True)  # type: ignore[untyped-decorator]
    def collect(self: Task, job: dict[str, Any]) -> None:
        """Collect one device; everything it needs is in the job."""
        ending = worker.deliver(job)
        match ending:
            case Retry(delay_s):
                # Named again: Celery would otherwise declare the queue anew, with its own defaults.
                queue = make_queue(url, queue_name(job.get("queue_id")))
                countdown = math.ceil(delay_s) if is_amqp(url) else delay_s
                raise self.retry(
                    countdown=countdown, queue=queue, headers={SIGNATURE: self.request.get(SIGNATURE)}
                )
            case Outcome() | Drop():
                pass
            case _:
                assert_never(ending)

    task_ends.watch(TASK, worker.record_end)
    return cast("Task", collect)


class Worker:
    """Makes backups: takes deliveries, and publishes outcomes."""

    def __init__(self, settings: Settings, connections: Connections, policy: Policies = SAFE) -> None:
        self._policy = policy
        self._settings = settings
        self._connections = connections

    def deliver(self, raw: object) -> Ending:
        """Handle one delivery. ServiceError if Redis is away; the sweep then queues the backup again."""
        try:
            job = Job.from_json(raw)
        except MessageError as error:
            # Without a readable job there is no row to fail; the sweep records it as lost.
            log.error("dropped a job that cannot be read: %s", error)
            return Drop("unreadable")
        with logs.about(job.task_identifier):
            started_at = datetime.now(UTC)
            try:
                with self._connections.locks.claim(
                    job.device.id, job.task_identifier, job.hard_limit_s
                ) as lease:
                    ending = self._attempt(job, started_at, lease.attempt)
                    if lease.lost.is_set():
                        log.warning(
                            "%s: the lock was lost in mid-collection; nothing is published", job.device.name
                        )
                        return Drop("lock lost")
                    if isinstance(ending, Outcome):
                        self._publish(ending, lease)
                    return ending
            except DuplicateDelivery as duplicate:
                log.info("duplicate delivery: %s", duplicate)
                return Drop("duplicate")
            except Contended as contended:
                outcome = self._failure(job, started_at, 0, Failure(contended.reason, str(contended)))
                self._publish(outcome)
                return outcome

    def _attempt(self, job: Job, started_at: datetime, number: int) -> Outcome | Retry:
        """The attempt of that number at the backup, under the lock."""
        limit = self._settings.max_attempts
        left_s = seconds_left(job, datetime.now(UTC))
        decision = begin(job, number, left_s, limit)
        match decision:
            case GiveUp(failure, attempts):
                return self._failure(job, started_at, attempts, failure)
            case Begin(timeout_s):
                key, last = self._settings.fingerprint_key, number >= limit
                result = attempt.collect(job, timeout_s, key, self._policy, last=last)
            case _:
                assert_never(decision)
        again = retry(result, number, left_s, limit, backoff(number, self._settings.retry_backoff))
        log.info(
            "%s: %s%s%s", job.device.name, result.status, f" ({result.reason})" if result.reason else "",
            f", attempt {number} of {limit}, again in {again.delay_s:.0f} s" if again else "",
            extra={"device": job.device.name, "status": result.status, "reason": result.reason},
        )  # fmt: skip
        return again or self._outcome(job, result, started_at, number)

    def _publish(self, outcome: Outcome, lease: Lease | None = None) -> None:
        """Publish and unlock, waiting out a restart of Redis. Past that the sweep queues the backup again."""
        give_up = time.monotonic() + _PUBLISH_RETRY_S
        pause_s = 0.2
        while True:
            try:
                self._connections.stream.publish(outcome, lease)
            except ServiceError:
                if time.monotonic() + pause_s > give_up:
                    raise
                log.warning(
                    "%s: the result stream is away; trying again in %.1f s", outcome.job.device.name, pause_s
                )
                time.sleep(pause_s)
                pause_s = min(2 * pause_s, 5.0)
            else:
                return

    def record_end(self, arguments: Mapping[str, Any], exception: BaseException) -> None:
        """Record a task that did not run to its end: hard limit, revocation, a bug.

        Idempotent: Celery may call twice, and the outcome may be on the stream already.
        """
        try:
            job = Job.from_json(arguments.get("job"))
        except MessageError:
            return
        with logs.about(job.task_identifier):
            if isinstance(exception, ServiceError):
                return  # the stream was away; the sweep queues the backup again
            failure = task_ends.failure_of(job, exception)
            stream = self._connections.stream
            try:
                if not stream.is_done(job.task_identifier):
                    attempts = stream.attempts(job.task_identifier)
                    # Once: this is the parent's event loop, which must not wait for Redis.
                    stream.publish(self._failure(job, datetime.now(UTC), attempts, failure))
            except ServiceError as error:
                log.error("%s: could not record '%s': %s", job.device.name, failure.reason, error)

    def _failure(self, job: Job, started_at: datetime, attempts: int, failure: Failure) -> Outcome:
        return self._outcome(job, attempt.failure_result(job, failure), started_at, attempts)

    def _outcome(self, job: Job, result: CollectorResult, started_at: datetime, attempts: int) -> Outcome:
        return Outcome(
            job=job,
            status=result.status,
            reason=result.reason,
            collected_at=from_iso(result.timestamp),
            started_at=started_at,
            finished_at=datetime.now(UTC),
            worker=self._settings.worker_name,
            attempts=attempts,
            log=cut_log(result.log),
            device_config=result.device_config,
            facts=cut_facts(result.facts),
            artefacts=result.artefacts,
        )
