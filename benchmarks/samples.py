"""Outcomes as a worker would publish them, without a device or a worker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pipeline.values.device import Credential, Device
from pipeline.values.job import Backup, Job
from pipeline.values.outcome import Outcome
from pipeline.values.times import iso


def device(number: int) -> Device:
    """A device of one of thirty groups."""
    return Device(
        id=f"sw{number}", name=f"sw{number}", address="127.0.0.1", platform="cisco_ios",
        credential=Credential("lab", "bench", password="env:BENCH_PASSWORD"), group=f"site-{number % 30}",
    )  # fmt: skip


def success(job: Job, text: str) -> Outcome:
    """`job` has gone well and brought `text`."""
    at = datetime.now(UTC)
    entry = {"timestamp": iso(at), "severity": "info", "source": "bench", "message": "collected"}
    return Outcome(
        job, "success", None, at, at, at, worker="bench", attempts=1, device_config=text, log=(entry,)
    )


def backup(device: Device, run: str) -> Backup:
    """A backup of `device`, told from others by `run`."""
    return Backup(f"{run}:{device.name}", device, datetime.now(UTC) + timedelta(hours=4))
