"""Put questions to workers and wait for the answers: the other side of `pipeline.worker.answering`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis
from celery import Celery

from pipeline.errors import MessageError, ServiceError
from pipeline.settings import Settings
from pipeline.transit.answers import Answers, Received, new_list_id
from pipeline.transit.broker import check_broker, make_app, queue_name
from pipeline.transit.connect import check_redis, open_redis
from pipeline.transit.jobs import send
from pipeline.transit.trust import NOBODY, Trust, open_trust
from pipeline.values.device import Device
from pipeline.values.failure import Failure
from pipeline.values.job import Job

log = logging.getLogger("devicevault.live")

WORKER_WAIT_S = 60.0
"""How long a worker may take to come to a question; the session at the device comes on top."""

_LOOK_S = 1.0
_GRACE_S = 10.0  # for an answer's way back

OnProgress = Callable[[int, Sequence[Job]], None]
"""Called about once a second with the number of answers and the jobs that have none yet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A worker's answer, unchecked, as it travelled."""

    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NoWorker:
    """No worker took the question within `waited_s` seconds; it is withdrawn."""

    waited_s: float

    def failure(self, job: Job) -> Failure:
        """The job's failure, which says what to do about it."""
        message = (
            f"{job.device.name}: no worker took it from the queue {queue_name(job.device.queue_id)} "
            f"within {self.waited_s:.0f} s; {start_a_worker(job.device.queue_id)}"
        )
        return Failure("no_worker", message)


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """A worker took the question and did not answer."""

    def failure(self, job: Job) -> Failure:
        """The job's failure."""
        queue = queue_name(job.device.queue_id)
        return Failure(
            "no_answer", f"{job.device.name}: a worker of the queue {queue} took it and did not answer"
        )


Reply = Answer | NoWorker | NoAnswer
"""What came of a question."""


@contextmanager
def open_asker(settings: Settings) -> Iterator[Asker]:
    """An asker on the broker and Redis that `pipeline.services.locate` found; it needs no database."""
    trust = open_trust(settings, "driver")
    with open_redis(settings) as client, closing(make_app(settings, trust.key)) as app:
        yield Asker(app, client, trust)


def longest_wait_s(devices: Iterable[Device]) -> float:
    """How long the busiest queue may take if its worker asks one device at a time, and begins late."""
    by_queue: dict[str | None, float] = {}
    for device in devices:
        by_queue[device.queue_id] = by_queue.get(device.queue_id, 0.0) + device.timeout_s
    return WORKER_WAIT_S + max(by_queue.values(), default=0.0)


class Asker:
    """Puts questions on the queues and waits. Whatever it leaves in Redis expires."""

    def __init__(self, app: Celery, client: redis.Redis, trust: Trust = NOBODY) -> None:
        self._app = app
        self._trust = trust
        self._redis = client

    def check(self) -> None:
        """ServiceError if broker or Redis is away."""
        check_redis(self._redis)
        check_broker(self._app)

    def ask(
        self,
        task: str,
        jobs: Sequence[Job],
        patience_s: float,
        on_progress: OnProgress = lambda _count, _jobs: None,
    ) -> dict[str, Reply]:
        """Ask about every job; returns the replies by task_identifier.

        All jobs have one deadline. It waits until then, or until nothing has come for `patience_s`. A
        question that no worker has taken by then is withdrawn: it will not run later. Raises ServiceError
        if the broker or Redis is away.
        """
        deadline = jobs[0].deadline
        answers = Answers(self._redis, new_list_id(), _seconds_until(deadline), self._trust)
        waiting = {job.task_identifier: job for job in jobs}
        replies: dict[str, Reply] = {}
        start = time.monotonic()
        try:
            for _ in send(self._app, task, jobs, expires=deadline, answer_to=answers.list_id):
                pass
            limit_s = _seconds_until(deadline)
            self._gather(answers, waiting, replies, limit_s, patience_s, on_progress)
            withdrawn = {identifier for identifier in waiting if answers.withdraw(identifier)}
            late = {identifier: job for identifier, job in waiting.items() if identifier not in withdrawn}
            if late:
                rest_s = max(job.device.timeout_s for job in late.values()) + _GRACE_S
                self._gather(answers, late, replies, rest_s, rest_s, on_progress)
        finally:
            with suppress(ServiceError):
                answers.forget([identifier for identifier in waiting if identifier not in replies])
        waited_s = time.monotonic() - start
        return {
            **replies,
            **dict.fromkeys(withdrawn, NoWorker(waited_s)),
            **dict.fromkeys(late, NoAnswer()),
        }

    @staticmethod
    def _gather(
        answers: Answers,
        waiting: dict[str, Job],
        replies: dict[str, Reply],
        limit_s: float,
        patience_s: float,
        on_progress: OnProgress,
    ) -> None:
        """Move jobs from `waiting` to `replies` until all have an answer or the time is over.

        It is over after `limit_s`, and after `patience_s` without an answer.
        """
        give_up = time.monotonic() + limit_s
        last = time.monotonic()
        while waiting and (now := time.monotonic()) < min(give_up, last + patience_s):
            try:
                received = answers.next(min(_LOOK_S, give_up - now, last + patience_s - now))
            except MessageError as error:
                log.warning("an answer was dropped: %s", error)
                continue  # the job that it belongs to ends as NoAnswer
            if received is not None and _answers(received, waiting):
                question = received.content["question"]
                del waiting[question]
                replies[question] = Answer(received.content)
                last = time.monotonic()
            on_progress(len(replies), list(waiting.values()))


def _answers(received: Received, waiting: Mapping[str, Job]) -> bool:
    """Whether this is the answer to a question that waits, by a worker that may speak for its queue."""
    job = waiting.get(received.content["question"])
    if job is None:
        return False
    signer, queue_id = received.signer, job.device.queue_id
    if signer is None or signer.speaks_for(queue_id):
        return True
    log.warning(
        "an answer was dropped: the worker '%s' may not speak for the queue '%s'", signer.name, queue_id
    )
    return False


def start_a_worker(queue_id: str | None) -> str:
    """The question to a person whose queue no worker serves."""
    option = f" --queue {queue_id}" if queue_id else ""
    return f"is `devicevault worker{option}` running?"


def _seconds_until(moment: datetime) -> float:
    return (moment - datetime.now(moment.tzinfo)).total_seconds()
