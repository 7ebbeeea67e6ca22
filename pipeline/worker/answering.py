"""Questions of `pipeline.transit.answers` in a worker: a task each, whose answer goes to the one who asked.

Nothing is retried and nothing is recorded: a session at the device happens once, or not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import redis
from celery import Celery
from celery import signals as celery_signals

from pipeline import logs
from pipeline.errors import MessageError, ServiceError
from pipeline.settings import Settings
from pipeline.transit import device_lock
from pipeline.transit.answers import TAKEN, Answers
from pipeline.transit.connect import connect
from pipeline.values.checks import from_iso
from pipeline.values.job import Job
from pipeline.worker import attempt

log = logging.getLogger("devicevault.worker")

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A task: its name, what answers it, and how a failure (reason, message) around it is told.

    `ask` gets the seconds that are left. With `locked`, nobody else may have a session at the device.
    """

    task: str
    ask: Callable[[Job, float], Answer]
    failed: Callable[[Job, str, str], Answer]
    locked: bool = False


def register(app: Celery, settings: Settings, question: Question) -> None:
    """Add the question's task to the app, and answer for what only the worker's parent process sees."""
    worker = Answerer(settings, question)

    @app.task(name=question.task, ignore_result=True)  # type: ignore[untyped-decorator]
    def answer(job: Any = None, answer_to: Any = None) -> None:
        """Answer one question; everything it needs is in the job."""
        worker.deliver(job, answer_to)

    @celery_signals.task_failure.connect(weak=False)  # type: ignore[untyped-decorator]
    def on_failure(sender: Any, exception: BaseException, kwargs: Any, **_: Any) -> None:
        """The hard limit killed the child, or a bug escaped: the parent says so."""
        if sender.name == question.task:
            worker.ended_outside(kwargs or {}, exception)

    @celery_signals.task_revoked.connect(weak=False)  # type: ignore[untyped-decorator]
    def on_revoked(sender: Any, request: Any, expired: bool, **_: Any) -> None:
        """A person revoked it; one that has expired has nobody who waits for the answer."""
        if sender.name == question.task and not expired:
            worker.ended_outside(request.kwargs or {}, None)


class Answerer:
    """Answers one kind of question. Its client is opened on first use, after the fork."""

    def __init__(self, settings: Settings, question: Question) -> None:
        self._settings = settings
        self._question = question

    @cached_property
    def _redis(self) -> redis.Redis:
        assert self._settings.redis_url is not None
        return connect(self._settings.redis_url)

    @cached_property
    def _locks(self) -> device_lock.DeviceLocks:
        return device_lock.DeviceLocks(self._redis)

    def deliver(self, raw: object, answer_to: object) -> None:
        """Handle one delivery: answer it, or drop it where nobody waits for the answer any more."""
        try:
            job = Job.from_json(raw)
            left_s = _left_s(job)
            answers = Answers(self._redis, answer_to, left_s)
        except MessageError as error:
            log.error("dropped a question that cannot be read: %s", error)
            return
        with logs.about(job.task_identifier):
            if left_s <= 0:
                log.info("%s: nobody waits for %s any more", job.device.name, job.task_identifier)
                return
            try:
                with self._alone(job):
                    self._answer(job, answers, min(job.device.timeout_s, left_s))
            except device_lock.DuplicateDelivery as duplicate:
                log.info("duplicate delivery: %s", duplicate)
            except device_lock.Contended as contended:
                if answers.take(job.task_identifier):
                    self._fail(job, answers, contended.reason, str(contended))

    def _answer(self, job: Job, answers: Answers, timeout_s: float) -> None:
        identifier = job.task_identifier
        if answers.take(identifier):
            answers.answer(identifier, self._question.ask(job, timeout_s))
        elif self._question.locked and answers.state(identifier) == TAKEN:
            # The lock is free: whoever took it is gone, and a second login would be one too many.
            self._fail(job, answers, "crashed", f"{job.device.name}: the worker died in mid-session")
        else:
            log.info("duplicate delivery, or withdrawn: %s", identifier)

    @contextmanager
    def _alone(self, job: Job) -> Iterator[None]:
        if not self._question.locked:
            yield
            return
        with self._locks.hold(job.device.id, job.task_identifier, job.hard_limit_s):
            yield

    def ended_outside(self, kwargs: dict[str, Any], exception: BaseException | None) -> None:
        """Answer for a task that ended without running to its end. Idempotent: a signal can fire twice."""
        try:
            job = Job.from_json(kwargs.get("job"))
            answers = Answers(self._redis, kwargs.get("answer_to"), _left_s(job))
            if isinstance(exception, ServiceError):
                return  # there is no way to the asker
            if answers.take(job.task_identifier) or answers.state(job.task_identifier) == TAKEN:
                self._fail(job, answers, *attempt.ended_outside(job, exception))
        except (MessageError, ServiceError) as error:
            log.error("a question could not be answered: %s", error)

    def _fail(self, job: Job, answers: Answers, reason: str, message: str) -> None:
        answers.answer(job.task_identifier, self._question.failed(job, reason, message))


def _left_s(job: Job) -> float:
    return (from_iso(job.deadline) - datetime.now(UTC)).total_seconds()
