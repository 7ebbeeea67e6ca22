"""Jobs and outcomes for tests, with everything that a test does not care about filled in."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.values.device import Credential, Device
from pipeline.values.job import Job
from pipeline.values.outcome import Outcome
from pipeline.values.times import iso

NOW = datetime(2026, 3, 1, 2, 17, tzinfo=UTC)


def make_job(device: str = "core-sw1", slot: datetime = NOW, **changes: Any) -> Job:
    """A job of the schedule `nightly`; `changes` are fields of the job or of its device."""
    job = Job(
        task_identifier=f"nightly:{device}:{iso(slot)}",
        run_seq=0,
        device=Device(
            id=changes.pop("device_id", device),
            name=device,
            address="127.0.0.1",
            platform="cisco_ios",
            credential=Credential("lab", "backup", password="env:LAB_PASSWORD"),
            port=22,
            group="core",
            queue_id="core",
            timeout_s=30.0,
        ),
        schedule="nightly",
        slot=slot,
        queued_at=slot,
        deadline=datetime.now(UTC) + timedelta(hours=4),
        inventory_commit="a" * 40,
    )
    own = {field.name: changes.pop(field.name) for field in fields(Job) if field.name in changes}
    return replace(job, device=replace(job.device, **changes), **own)


def success(job: Job, text: str, **changes: Any) -> Outcome:
    at = datetime.now(UTC)
    outcome = Outcome(
        job, "success", None, at, at, at, worker="w1", attempts=1, device_config=text,
        log=({"timestamp": iso(at), "severity": "info", "source": "test", "message": "collected"},),
    )  # fmt: skip
    return replace(outcome, **changes)


def failure(job: Job, reason: str = "timeout") -> Outcome:
    at = datetime.now(UTC)
    return Outcome(job, "failure", reason, at, at, at, worker="w1", attempts=3)
