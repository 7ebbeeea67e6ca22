"""Tasks that end without running to their end: only the worker's parent process sees that they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from celery import signals
from celery.exceptions import SoftTimeLimitExceeded, TaskRevokedError, TimeLimitExceeded

from pipeline.values.failure import Failure
from pipeline.values.job import Job
from pipeline.worker import attempt


def watch(task: str, record: Callable[[Mapping[str, Any], BaseException], None]) -> None:
    """Call `record` with the arguments of every task of that name that did not run to its end, and with why.

    That is a TimeLimitExceeded (the hard limit killed the child), a TaskRevokedError (a person revoked the
    task), or a bug that escaped. A message that expired is not recorded: nobody waits for it. Celery may call
    twice for one task.
    """

    @signals.task_failure.connect(weak=False)  # type: ignore[untyped-decorator]
    def on_failure(sender: Any, exception: BaseException, args: Any, kwargs: Any, **_: Any) -> None:
        if sender.name == task:
            record({**({"job": args[0]} if args else {}), **(kwargs or {})}, exception)

    @signals.task_revoked.connect(weak=False)  # type: ignore[untyped-decorator]
    def on_revoked(sender: Any, request: Any, expired: bool, **_: Any) -> None:
        if sender.name == task and not expired:
            record(request.kwargs or {}, TaskRevokedError())


def failure_of(job: Job, exception: BaseException) -> Failure:
    """Why a task that did not run to its end has no result."""
    if isinstance(exception, TaskRevokedError):
        return Failure("revoked", f"{job.device.name}: the task was revoked")
    if isinstance(exception, TimeLimitExceeded | SoftTimeLimitExceeded):
        limit_s = job.hard_limit_s if isinstance(exception, TimeLimitExceeded) else job.soft_limit_s
        return Failure("timeout", f"{job.device.name}: killed at the limit of {limit_s:.0f} s")
    return attempt.bug(job, exception)
