"""`device.collect`: one delivery of one job in a worker.

Order of steps, and what a crash at each leaves:

    done?     an outcome is on the stream already → a late second delivery, ends silently
    lock      another session at the device → `contended`; the same backup → a duplicate, ends silently
    count     attempts are counted before anything can kill the worker; past the limit → `crashed`
    collect   killed here: no outcome; the broker or the sweep delivers the job again
    publish   outcome on the stream; killed after it: the second delivery finds it done
    unlock

The first three are one step on the server, and the last two: a round trip costs as much as many commands.
"""

from __future__ import annotations

import logging
import math
import random
import time
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, cast

import redis
from celery import Celery, Task
from celery import signals as celery_signals

from collectors.contract import CollectorResult, utc_now
from pipeline import logs
from pipeline.errors import MessageError, ServiceError
from pipeline.settings import Settings
from pipeline.transit import device_lock
from pipeline.transit.broker import TASK, broker_url, is_amqp, make_queue, queue_name
from pipeline.transit.connect import connect
from pipeline.transit.results import ResultStream
from pipeline.values.checks import from_iso
from pipeline.values.job import Job
from pipeline.values.outcome import Outcome
from pipeline.worker import attempt

log = logging.getLogger("devicevault.worker")

_PUBLISH_RETRY_S = 60.0
_MAX_BACKOFF_S = 120.0


def register(app: Celery, settings: Settings) -> Task:
    """Add `device.collect` to the app, and record what only the worker's parent process sees."""
    worker = Worker(settings)
    url = broker_url(settings)

    @app.task(name=TASK, bind=True, max_retries=None, ignore_result=True)  # type: ignore[untyped-decorator]
    def collect(self: Task, job: dict[str, Any]) -> None:
        """Collect one device; everything it needs is in the job."""
        delay_s = worker.deliver(job)
        if delay_s is not None:
            # Named again: Celery would otherwise declare the queue anew, with its own defaults.
            queue = make_queue(url, queue_name(job.get("queue_id")))
            raise self.retry(countdown=math.ceil(delay_s) if is_amqp(url) else delay_s, queue=queue)

    @celery_signals.task_failure.connect(weak=False)  # type: ignore[untyped-decorator]
    def on_failure(sender: Task, exception: BaseException, args: Any, kwargs: Any, **_: Any) -> None:
        """The hard limit killed the child, or a bug escaped: the parent says so on the stream."""
        if sender.name == TASK:
            worker.ended_outside((kwargs or {}).get("job") or (args or [None])[0], exception)

    @celery_signals.task_revoked.connect(weak=False)  # type: ignore[untyped-decorator]
    def on_revoked(sender: Task, request: Any, **_: Any) -> None:
        """A person revoked the task: that is its outcome."""
        if sender.name == TASK:
            worker.ended_outside((request.kwargs or {}).get("job"), None)

    return cast("Task", collect)


class Worker:
    """What one worker process knows. Clients are opened on first use, after the fork."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _redis(self) -> redis.Redis:
        assert self._settings.redis_url is not None
        return connect(self._settings.redis_url)

    @cached_property
    def _stream(self) -> ResultStream:
        return ResultStream(self._redis, self._settings.stream)

    @cached_property
    def _locks(self) -> device_lock.DeviceLocks:
        return device_lock.DeviceLocks(self._redis)

    def deliver(self, raw: object) -> float | None:
        """Handle one delivery. Returns the seconds after which to try again, or None when it is over."""
        try:
            job = Job.from_json(raw)
        except MessageError as error:
            # Without a readable job there is no row to fail; the sweep records it as lost.
            log.error("dropped a job that cannot be read: %s", error)
            return None
        with logs.about(job.task_identifier):
            started_at = utc_now()
            try:
                with self._locks.claim(job.device.id, job.task_identifier, job.hard_limit_s) as lease:
                    outcome, delay_s = self._collect(job, started_at, lease.attempt)
                    if lease.lost.is_set():
                        log.warning(
                            "%s: the lock was lost in mid-collection; nothing is published", job.device.name
                        )
                        return None
                    if outcome is not None:
                        self._publish(outcome, lease)
                    return delay_s
            except device_lock.DuplicateDelivery as duplicate:
                log.info("duplicate delivery: %s", duplicate)
                return None
            except device_lock.Contended as contended:
                self._publish(self._failure(job, started_at, 0, contended.reason, str(contended)))
                return None

    def _collect(self, job: Job, started_at: str, number: int) -> tuple[Outcome | None, float | None]:
        """Attempt `number`, under the lock: an outcome, or the delay until the next attempt."""
        limit = self._settings.max_attempts
        if number > limit:
            message = f"{job.device.name}: {limit} attempts ended without a result, the last with its worker"
            return self._failure(job, started_at, number - 1, "crashed", message), None
        left_s = (from_iso(job.deadline) - datetime.now(UTC)).total_seconds()
        if left_s <= 0:
            return self._failure(
                job, started_at, number, "expired", f"{job.device.name}: its deadline has passed"
            ), None
        result = attempt.collect(job, min(job.device.timeout_s, left_s), self._settings.fingerprint_key)
        delay_s = backoff(number, self._settings.retry_backoff)
        passing = result.status == "failure" and result.transient
        again = passing and number < limit and delay_s < left_s
        log.info(
            "%s: %s%s%s", job.device.name, result.status, f" ({result.reason})" if result.reason else "",
            f", attempt {number} of {limit}, again in {delay_s:.0f} s" if again else "",
            extra={"device": job.device.name, "status": result.status, "reason": result.reason},
        )  # fmt: skip
        return (None, delay_s) if again else (self._outcome(job, result, started_at, number), None)

    def _publish(self, outcome: Outcome, lease: device_lock.Lease | None = None) -> None:
        """Publish and unlock, waiting out a restart of Redis. Past that the sweep queues the backup again."""
        give_up = time.monotonic() + _PUBLISH_RETRY_S
        pause_s = 0.2
        while True:
            try:
                self._stream.publish(outcome, lease)
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

    def ended_outside(self, raw: object, exception: BaseException | None) -> None:
        """Record a task that ended without running to its end: hard limit, revocation, a bug.

        Idempotent: the signal can fire twice, and the outcome may be on the stream already.
        """
        try:
            job = Job.from_json(raw)
        except MessageError:
            return
        with logs.about(job.task_identifier):
            if isinstance(exception, ServiceError):
                return  # the stream was away; the sweep queues the backup again
            reason, message = attempt.ended_outside(job, exception)
            try:
                if not self._stream.is_done(job.task_identifier):
                    # Once: this is the parent's event loop, which must not wait for Redis.
                    attempts = self._stream.attempts(job.task_identifier)
                    self._stream.publish(self._failure(job, utc_now(), attempts, reason, message))
            except ServiceError as error:
                log.error("%s: could not record '%s': %s", job.device.name, reason, error)

    def _failure(self, job: Job, started_at: str, attempts: int, reason: str, message: str) -> Outcome:
        return self._outcome(job, attempt.failed(job, reason, message), started_at, attempts)

    def _outcome(self, job: Job, result: CollectorResult, started_at: str, attempts: int) -> Outcome:
        return Outcome(
            job=job,
            status=result.status,
            reason=result.reason,
            collected_at=result.timestamp,
            started_at=started_at,
            finished_at=utc_now(),
            worker=self._settings.worker_name,
            attempts=attempts,
            log=tuple(result.to_dict()["log"]),
            device_config=result.device_config,
            facts=result.facts,
            artefacts=result.artefacts,
        )


def backoff(attempt: int, base_s: float) -> float:
    """Seconds before the next attempt: doubled each time, half of it jitter, at most two minutes."""
    ceiling = min(base_s * 2 ** min(attempt - 1, 30), _MAX_BACKOFF_S)
    return float(ceiling / 2 + random.uniform(0, ceiling / 2))  # noqa: S311 - spreads load, guards nothing
