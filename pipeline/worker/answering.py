"""Questions of `pipeline.transit.answers` in a worker: a task each, whose answer goes to the one who asked.

Nothing is retried and nothing is recorded: a session at the device happens once, or not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from celery import Celery

from pipeline import logs
from pipeline.errors import MessageError, ServiceError
from pipeline.transit.answers import Answers, State
from pipeline.transit.device_lock import Contended, DuplicateDelivery
from pipeline.values.failure import Failure
from pipeline.values.job import Job
from pipeline.worker import task_ends
from pipeline.worker.connections import Connections
from pipeline.worker.retry import seconds_left

log = logging.getLogger("devicevault.worker")

AnswerDict = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A task: its name, the function that answers it, and the function that makes a failure an answer.

    `ask` gets the seconds that are left. With `exclusive`, nobody else may have a session at the device.
    """

    task: str
    ask: Callable[[Job, float], AnswerDict]
    answer_of: Callable[[Job, Failure], AnswerDict]
    exclusive: bool = False


def register(app: Celery, connections: Connections, question: Question) -> None:
    """Add the question's task to the app, and answer for what only the worker's parent process sees."""
    answerer = Answerer(connections, question)

    @app.task(name=question.task, ignore_result=True)  # type: ignore[untyped-decorator]
    def answer(job: Any = None, answer_to: Any = None) -> None:
        """Answer one question; everything it needs is in the job."""
        answerer.deliver(job, answer_to)

    task_ends.watch(question.task, answerer.record_end)


class Answerer:
    """Answers one kind of question."""

    def __init__(self, connections: Connections, question: Question) -> None:
        self._connections = connections
        self._question = question

    def deliver(self, raw: object, answer_to: object) -> None:
        """Handle one delivery: answer it, or drop it if nobody waits for the answer any more."""
        try:
            job = Job.from_json(raw)
            left_s = seconds_left(job, datetime.now(UTC))
            answers = Answers(self._connections.redis, answer_to, left_s, self._connections.trust)
        except MessageError as error:
            log.error("dropped a question that cannot be read: %s", error)
            return
        with logs.about(job.task_identifier):
            if left_s <= 0:
                log.info("%s: nobody waits for %s any more", job.device.name, job.task_identifier)
                return
            try:
                with self._lock(job):
                    self._answer(job, answers, min(job.device.timeout_s, left_s))
            except DuplicateDelivery as duplicate:
                log.info("duplicate delivery: %s", duplicate)
            except Contended as contended:
                if answers.take(job.task_identifier):
                    self._fail(job, answers, Failure(contended.reason, str(contended)))

    def _answer(self, job: Job, answers: Answers, timeout_s: float) -> None:
        identifier = job.task_identifier
        if answers.take(identifier):
            answers.answer(identifier, self._question.ask(job, timeout_s))
        elif self._question.exclusive and answers.state(identifier) is State.TAKEN:
            # The lock is free: the worker that took it is gone, and a second login would be one too many.
            self._fail(job, answers, Failure("crashed", f"{job.device.name}: the worker died in mid-session"))
        else:
            log.info("duplicate delivery, or withdrawn: %s", identifier)

    def _lock(self, job: Job) -> AbstractContextManager[object]:
        if not self._question.exclusive:
            return nullcontext()
        return self._connections.locks.hold(job.device.id, job.task_identifier, job.hard_limit_s)

    def record_end(self, arguments: Mapping[str, Any], exception: BaseException) -> None:
        """Answer for a task that did not run to its end. Idempotent: Celery may call twice."""
        try:
            job = Job.from_json(arguments.get("job"))
            answer_to, left_s = arguments.get("answer_to"), seconds_left(job, datetime.now(UTC))
            answers = Answers(self._connections.redis, answer_to, left_s, self._connections.trust)
            if isinstance(exception, ServiceError):
                return  # there is no way to the asker
            if answers.take(job.task_identifier) or answers.state(job.task_identifier) is State.TAKEN:
                self._fail(job, answers, task_ends.failure_of(job, exception))
        except (MessageError, ServiceError) as error:
            log.error("a question could not be answered: %s", error)

    def _fail(self, job: Job, answers: Answers, failure: Failure) -> None:
        answers.answer(job.task_identifier, self._question.answer_of(job, failure))
