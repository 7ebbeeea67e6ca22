"""Jobs and outcomes for tests, with everything that a test does not care about filled in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.values.checks import iso
from pipeline.values.device import Credential
from pipeline.values.job import Job
from pipeline.values.options import Options
from pipeline.values.outcome import Outcome

NOW = datetime(2026, 3, 1, 2, 17, tzinfo=UTC)


def make_job(device: str = "core-sw1", slot: datetime = NOW, **changes: Any) -> Job:
    job = Job(
        task_identifier=f"nightly:{device}:{iso(slot)}",
        run_seq=0,
        device_id=device,
        device=device,
        group="core",
        queue_id="core",
        address="127.0.0.1",
        port=22,
        platform="cisco_ios",
        credential=Credential("lab", "backup", password="env:LAB_PASSWORD"),
        host_keys=(),
        options=Options(),
        timeout_s=30.0,
        schedule="nightly",
        slot=iso(slot),
        queued_at=iso(slot),
        deadline=iso(datetime.now(UTC) + timedelta(hours=4)),
        inventory_commit="a" * 40,
    )
    return replace(job, **changes)


def success(job: Job, text: str, **changes: Any) -> Outcome:
    at = iso(datetime.now(UTC))
    outcome = Outcome(
        job, "success", None, at, at, at, worker="w1", attempts=1, device_config=text,
        log=({"timestamp": at, "severity": "info", "source": "test", "message": "collected"},),
    )  # fmt: skip
    return replace(outcome, **changes)


def failure(job: Job, reason: str = "timeout") -> Outcome:
    at = iso(datetime.now(UTC))
    return Outcome(job, "failure", reason, at, at, at, worker="w1", attempts=3)
