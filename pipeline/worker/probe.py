"""`device.probe`: one session that collects and keeps nothing, and its report for the one who asked.

As a backup it resolves the credential, holds the device's lock and keeps the limits. Unlike one it makes
no second attempt, and nothing of it reaches the result stream.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from collectors.contract import utc_now
from pipeline import logs
from pipeline.errors import CredentialError
from pipeline.settings import Settings
from pipeline.transit.broker import PROBE_TASK, queue_name
from pipeline.values.job import Job
from pipeline.worker import attempt
from pipeline.worker.answering import Answer, Question
from pipeline.worker.probe_report import report_of

log = logging.getLogger("devicevault.worker")


def question(settings: Settings) -> Question:
    """The task of a worker with these settings."""

    def ask(job: Job, timeout_s: float) -> Answer:
        """Log in once, collect, and tell what happened; secrets are hidden whatever the inventory says."""
        hiding = replace(job.device.options, secrets="hide")
        job = replace(job, device=replace(job.device, options=hiding))
        started_at = utc_now()
        try:
            with attempt.unlocked(job, settings.fingerprint_key) as config:
                result = attempt.call(job, config, timeout_s)
                report = report_of(
                    job, result, queue_name(job.device.queue_id), started_at, settings.worker_name, logs.mask
                )
        except CredentialError as error:
            return failed(job, error.reason, f"{job.device.name}: {error}")
        log.info(
            "%s: probed: %s", job.device.name, report.reason or "good", extra={"device": job.device.name}
        )
        return report.to_json()

    def failed(job: Job, reason: str, message: str) -> Answer:
        result = attempt.failed(job, reason, message)
        return report_of(
            job, result, queue_name(job.device.queue_id), utc_now(), settings.worker_name
        ).to_json()

    return Question(PROBE_TASK, ask, failed, locked=True)
