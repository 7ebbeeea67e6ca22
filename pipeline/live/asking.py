"""Asking workers, and waiting for their answers: the other side of `pipeline.worker.answering`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import redis
from celery import Celery

from pipeline.errors import MessageError, ServiceError
from pipeline.settings import Settings
from pipeline.transit.answers import Answers, new_list_id
from pipeline.transit.broker import check_broker, make_app, queue_name
from pipeline.transit.connect import open_redis, service_errors
from pipeline.transit.jobs import sent
from pipeline.values.checks import from_iso
from pipeline.values.device import Device
from pipeline.values.job import Job

FOR_A_WORKER_S = 60.0
"""How long a worker may take to come to a question, beside what the devices take."""

_LOOK_S = 1.0
_GRACE_S = 10.0  # for an answer's way back

Tell = Callable[[int, Sequence[Job]], None]
"""Gets how many answers there are, and whose jobs no worker has answered yet; about once a second."""


@dataclass(slots=True)
class Answered:
    """The answers by task_identifier. `untaken`: no worker took it; `silent`: one did, and never answered."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    untaken: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    waited_s: float = 0.0


@contextmanager
def open_asker(settings: Settings) -> Iterator[Asker]:
    """An asker on the services of `settings`, which `runtime.locate` has filled in; needs no database."""
    with open_redis(settings) as client, closing(make_app(settings)) as app:
        yield Asker(app, client)


def longest_wait_s(devices: Iterable[Device]) -> float:
    """What the busiest queue takes if its worker does one thing at a time, and is slow to come to it."""
    by_queue: dict[str | None, float] = {}
    for device in devices:
        by_queue[device.queue_id] = by_queue.get(device.queue_id, 0.0) + device.timeout_s
    return FOR_A_WORKER_S + max(by_queue.values(), default=0.0)


class Asker:
    """Puts questions on the queues and waits. What it leaves behind expires."""

    def __init__(self, app: Celery, client: redis.Redis) -> None:
        self._app = app
        self._redis = client

    def check(self) -> None:
        """ServiceError if broker or Redis is away."""
        with service_errors():
            self._redis.ping()
        check_broker(self._app)

    def ask(
        self, task: str, jobs: Sequence[Job], patience_s: float, tell: Tell = lambda _done, _jobs: None
    ) -> Answered:
        """Ask about every job and wait until its deadline, or until nothing has come for `patience_s`.

        All jobs have one deadline. What no worker has taken by then is withdrawn: it will not run later.
        """
        deadline = from_iso(jobs[0].deadline)
        answers = Answers(self._redis, new_list_id(), _seconds_until(deadline))
        waiting = {job.task_identifier: job for job in jobs}
        found = Answered()
        start = time.monotonic()
        try:
            for _ in sent(self._app, task, jobs, expires=deadline, answer_to=answers.list_id):
                pass
            limit_s = _seconds_until(deadline)
            self._gather(answers, waiting, found, limit_s, patience_s, tell)
            found.untaken = {identifier for identifier in waiting if answers.withdraw(identifier)}
            late = {identifier: job for identifier, job in waiting.items() if identifier not in found.untaken}
            if late:
                rest_s = max(job.device.timeout_s for job in late.values()) + _GRACE_S
                self._gather(answers, late, found, rest_s, rest_s, tell)
            found.silent = set(late)
        finally:
            with suppress(ServiceError):
                answers.forget([identifier for identifier in waiting if identifier not in found.answers])
        found.waited_s = time.monotonic() - start
        return found

    @staticmethod
    def _gather(
        answers: Answers,
        waiting: dict[str, Job],
        found: Answered,
        limit_s: float,
        patience_s: float,
        tell: Tell,
    ) -> None:
        """Take answers until none is missing, the limit has passed, or none has come for `patience_s`."""
        give_up = time.monotonic() + limit_s
        last = time.monotonic()
        while waiting and (now := time.monotonic()) < min(give_up, last + patience_s):
            try:
                answer = answers.next(min(_LOOK_S, give_up - now, last + patience_s - now))
            except MessageError:
                continue  # nobody's answer; whoever is still waited for will be told as silent
            if answer is not None and waiting.pop(answer["question"], None) is not None:
                found.answers[answer["question"]] = answer
                last = time.monotonic()
            tell(len(found.answers), list(waiting.values()))


def why_missing(job: Job, found: Answered) -> tuple[str, str]:
    """Reason and message for a job without an answer."""
    queue = queue_name(job.device.queue_id)
    if job.task_identifier in found.silent:
        return "no_answer", f"{job.device.name}: a worker of the queue {queue} took it and did not answer"
    return "no_worker", (
        f"{job.device.name}: no worker took it from the queue {queue} within {found.waited_s:.0f} s; "
        f"{start_a_worker(job.device.queue_id)}"
    )


def start_a_worker(queue_id: str | None) -> str:
    """What to do about a queue that nobody works on."""
    option = f" --queue {queue_id}" if queue_id else ""
    return f"is `devicevault worker{option}` running?"


def _seconds_until(moment: datetime) -> float:
    return (moment - datetime.now(moment.tzinfo)).total_seconds()
