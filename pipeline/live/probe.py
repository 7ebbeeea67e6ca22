"""Would a backup work? Which devices a change of the inventory calls into question, and asking about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.errors import MessageError
from pipeline.inventory import Inventory
from pipeline.live.asking import FOR_A_WORKER_S, Answered, Asker, Tell, longest_wait_s, why_missing
from pipeline.transit.broker import PROBE_TASK, queue_name
from pipeline.values.device import Device
from pipeline.values.identifier import probe_identifier
from pipeline.values.job import Backup, Job, expected_job
from pipeline.worker.probe_report import Report

_RELEVANT = (
    "address",
    "port",
    "platform",
    "credential",
    "host_keys",
    "options",
    "jump",
    "group",
    "queue_id",
    "recipients",
    "allowed_networks",
)
"""What decides whether a device can be collected; a schedule or a name does not."""


def changed(old: Inventory, new: Inventory) -> list[Device]:
    """The devices of `new` that are not in `old`, or are collected in another way there; sorted by name."""
    known = {device.id: _relevant(device) for device in old.devices}
    return [device for device in new.devices if known.get(device.id) != _relevant(device)]


def probe(
    asker: Asker,
    devices: Sequence[Device],
    now: datetime,
    inventory_commit: str | None,
    timeout_s: float | None = None,
    tell: Tell = lambda _done, _jobs: None,
) -> list[Report]:
    """Probe each device through its group's workers; reports in the order of `devices`.

    Waits `timeout_s` in all; without one, until nothing came for the time that a worker and the slowest
    device may take. Writes no row and commits nothing.
    """
    longest_s = max(device.timeout_s for device in devices)
    deadline = now + timedelta(seconds=timeout_s or longest_wait_s(devices))
    jobs = [
        expected_job(Backup(probe_identifier(device.name, now), device, deadline), now, inventory_commit)
        for device in devices
    ]
    found = asker.ask(PROBE_TASK, jobs, timeout_s or FOR_A_WORKER_S + longest_s, tell)
    return [_report(job, found) for job in jobs]


def _report(job: Job, found: Answered) -> Report:
    asked = Report(job.device.name, job.device.platform, queue_name(job.device.queue_id))
    answer = found.answers.get(job.task_identifier)
    if answer is None:
        reason, message = why_missing(job, found)
        return replace(asked, reason=reason, message=message)
    try:
        return Report.from_json(answer, asked)
    except MessageError as error:
        return replace(asked, reason="malformed", message=str(error))


def _relevant(device: Device) -> tuple[object, ...]:
    return tuple(getattr(device, name) for name in _RELEVANT)
