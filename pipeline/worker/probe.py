"""`device.probe`: one session that collects and keeps nothing, and its report for the one who asked.

Like a backup it resolves the credential, holds the device's lock and keeps the limits. Unlike a backup it
makes no second attempt, and nothing of it reaches the result stream.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from collectors import registry
from collectors.answer.masks import HIDDEN
from collectors.contract import CollectorResult, utc_now
from collectors.transport.host_key import place
from collectors.transport.ssh.servers import contradiction
from pipeline import logs
from pipeline.errors import CredentialError
from pipeline.settings import Settings
from pipeline.transit.broker import PROBE_TASK
from pipeline.values.failure import Failure
from pipeline.values.job import Job
from pipeline.worker import attempt
from pipeline.worker.answering import AnswerDict, Question
from pipeline.worker.policy import SAFE, Policies
from pipeline.worker.probe_report import HEAD_LINES, Report, facts_of, head_of, one_line
from pipeline.worker.probe_steps import last_error, steps_of

log = logging.getLogger("devicevault.worker")


def question(settings: Settings, policy: Policies = SAFE) -> Question:
    """The task of a worker with these settings."""

    def ask(job: Job, timeout_s: float) -> AnswerDict:
        """Log in once, collect, and report; secrets are hidden whatever the inventory says."""
        job = replace(job, device=replace(job.device, options=replace(job.device.options, secrets="hide")))
        started_at = utc_now()
        try:
            with attempt.session_config(job, settings.fingerprint_key, policy) as config:
                result = attempt.call(job, {**config, "last_attempt": True}, timeout_s)
                report = report_of(job, result, started_at, settings.worker_name, logs.mask)
        except CredentialError as error:
            return answer_of(job, attempt.no_credential(job, error))
        name = job.device.name
        log.info("%s: probed: %s", name, report.reason or "good", extra={"device": name})
        return report.to_json()

    def answer_of(job: Job, failure: Failure) -> AnswerDict:
        result = attempt.failure_result(job, failure)
        return report_of(job, result, utc_now(), settings.worker_name).to_json()

    return Question(PROBE_TASK, ask, answer_of, exclusive=True)


def report_of(
    job: Job,
    result: CollectorResult,
    started_at: str,
    worker: str,
    mask: Callable[[str], str] = lambda text: text,
) -> Report:
    """The report of a session whose collector hid secrets. `mask` hides the credential's values in a line."""
    facts = {name: text for name, text in result.facts.items() if name != "host_key"}
    report = replace(
        Report.blank(job),
        worker=worker,
        steps=steps_of(result, started_at),
        hint=_hint(job, result),
        facts=facts_of(facts),
    )
    if result.status == "success":
        return _with_configuration(report, result.device_config or "", mask)
    key = result.facts.get("host_key")
    pin = f"{place(job.device.address, job.device.port or 22)} {one_line(key)}" if key else None
    reason = one_line(result.reason or "unspecified")
    return replace(report, reason=reason, message=last_error(result), host_key=pin)


def _with_configuration(report: Report, text: str, mask: Callable[[str], str]) -> Report:
    report = replace(report, size=len(text.encode()), lines=text.count("\n"))
    if not registry.has_rules(report.platform):
        # A third party's collector decides for itself what is secret: we cannot vouch for its lines.
        return report
    head = head_of(mask(line) for line in text.split("\n", HEAD_LINES)[:HEAD_LINES] if line)
    return replace(report, secrets_hidden=text.count(HIDDEN), head=head)


def _hint(job: Job, result: CollectorResult) -> str | None:
    """Which platform the device looks like; None if nothing speaks against the inventory's."""
    server = result.facts.get("ssh_server", "")
    likely = contradiction(server, registry.resolve(job.device.platform) or job.device.platform)
    return f"the SSH server calls itself {server}: that looks like {likely}" if likely else None
