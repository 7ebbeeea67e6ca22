"""Whether there is an attempt at a device, and when the next: the limit, the deadline, the backoff. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime

from collectors.contract import CollectorResult
from pipeline.values.failure import Failure
from pipeline.values.job import Job

_MAX_BACKOFF_S = 120.0


@dataclass(frozen=True, slots=True)
class Begin:
    """Make the attempt; the session at the device may last `timeout_s`."""

    timeout_s: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Make no attempt: the backup ends with this failure, after so many attempts."""

    failure: Failure
    attempts: int


@dataclass(frozen=True, slots=True)
class Retry:
    """Make another attempt after `delay_s` seconds."""

    delay_s: float


def begin(job: Job, attempt: int, left_s: float, max_attempts: int) -> Begin | GiveUp:
    """What to do with the attempt of that number, when `left_s` seconds are left until the deadline.

    A failure is not retried past the limit. So if that number is past the limit, the last attempt died with
    its worker.
    """
    if attempt > max_attempts:
        message = (
            f"{job.device.name}: {max_attempts} attempts ended without a result, the last with its worker"
        )
        return GiveUp(Failure("crashed", message), attempt - 1)
    if left_s <= 0:
        return GiveUp(Failure("expired", f"{job.device.name}: its deadline has passed"), attempt)
    return Begin(min(job.device.timeout_s, left_s))


def retry(
    result: CollectorResult, attempt: int, left_s: float, max_attempts: int, delay_s: float
) -> Retry | None:
    """The next attempt after `result`; None if `result` ends the backup.

    There is another attempt if the failure may pass, the limit is not reached, and `delay_s` ends before the
    deadline.
    """
    may_pass = result.status == "failure" and result.transient
    return Retry(delay_s) if may_pass and attempt < max_attempts and delay_s < left_s else None


def backoff(attempt: int, base_s: float) -> float:
    """Seconds before the next attempt: doubled each time, half of them random, at most two minutes."""
    ceiling = min(base_s * 2 ** min(attempt - 1, 30), _MAX_BACKOFF_S)
    return float(ceiling / 2 + random.uniform(0, ceiling / 2))  # noqa: S311 - spreads load, guards nothing


def seconds_left(job: Job, now: datetime) -> float:
    """Seconds until the job's deadline; negative once it has passed."""
    return (job.deadline - now).total_seconds()
