"""Would a backup of these devices work? Probe them through their groups' workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.errors import MessageError
from pipeline.live.asking import WORKER_WAIT_S, Answer, Asker, OnProgress, Reply, longest_wait_s
from pipeline.transit.broker import PROBE_TASK
from pipeline.values.device import Device
from pipeline.values.identifier import probe_identifier
from pipeline.values.job import Backup, Job, expected_job
from pipeline.worker.probe_report import Report


def probe(
    asker: Asker,
    devices: Sequence[Device],
    now: datetime,
    inventory_commit: str | None,
    timeout_s: float | None = None,
    on_progress: OnProgress = lambda _count, _jobs: None,
) -> list[Report]:
    """Probe each device through its group's workers; reports in the order of `devices`.

    Waits `timeout_s` in all. Without it, waits until no answer has come for as long as a worker and the
    slowest device may take. Writes no row and commits nothing. Raises ServiceError if the broker or Redis is
    away.
    """
    longest_s = max(device.timeout_s for device in devices)
    deadline = now + timedelta(seconds=timeout_s or longest_wait_s(devices))
    jobs = [
        expected_job(Backup(probe_identifier(device.name, now), device, deadline), now, inventory_commit)
        for device in devices
    ]
    replies = asker.ask(PROBE_TASK, jobs, timeout_s or WORKER_WAIT_S + longest_s, on_progress)
    return [_report(job, replies[job.task_identifier]) for job in jobs]


def _report(job: Job, reply: Reply) -> Report:
    blank = Report.blank(job)
    if not isinstance(reply, Answer):
        failure = reply.failure(job)
        return replace(blank, reason=failure.reason, message=failure.message)
    try:
        return Report.from_json(reply.content, blank)
    except MessageError as error:
        return replace(blank, reason="malformed", message=str(error))
