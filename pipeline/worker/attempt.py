"""One session at a device: resolve the credential, call the collector, make every ending a result.

A worker does this for a backup and for a probe alike. Secrets exist in here. While they do, every log line
is masked, and no result has one in its log or its facts.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded

from collectors import registry
from collectors.contract import CollectorResult, LogEntry, utc_now
from collectors.errors import CollectError, MalformedResult
from pipeline import logs
from pipeline.errors import CredentialError
from pipeline.text.words import printable
from pipeline.values.device import Hop
from pipeline.values.failure import Failure
from pipeline.values.job import Job
from pipeline.worker.credentials import Secrets, fingerprint_key, resolve
from pipeline.worker.fit import check_fits
from pipeline.worker.permissions import Permissions
from pipeline.worker.policy import SAFE, Permission, Policies

log = logging.getLogger("devicevault.worker")

_MAX_MESSAGE = 500
_MAX_REASON = 64


def collect(
    job: Job, timeout_s: float, key_reference: str | None, policy: Policies = SAFE, *, last: bool = False
) -> CollectorResult:
    """Resolve the credential, if the policy lets it be shown, and call the collector; always a result.

    The collector is told whether this attempt is the `last` one.
    """
    try:
        with session_config(job, key_reference, policy) as config:
            return call(job, {**config, "last_attempt": True} if last else config, timeout_s)
    except CredentialError as error:
        return failure_result(job, no_credential(job, error))


@contextmanager
def session_config(
    job: Job, key_reference: str | None = None, policy: Policies = SAFE, *, login: bool = True
) -> Iterator[dict[str, Any]]:
    """The plugin contract's `config` for a job. Inside, its secrets are masked in logs and by `logs.mask`.

    Without `login` it holds only the jump hosts' credentials. Raises CredentialError, and PolicyError before
    anything is resolved that may not be shown where the job would take it.
    """
    permissions = Permissions.of(job.device, policy, login=login)
    secrets = resolve(job.device.credential) if login else None
    hops = [resolve(hop.credential) for hop in job.device.jump]
    key = fingerprint_key(key_reference)
    hidden = [value for each in (secrets, *hops) if each for value in each.values()]
    with logs.masking([*hidden, *([key] if key else [])]):
        yield _config(job, permissions, secrets, hops, key)


def call(job: Job, config: dict[str, Any], timeout_s: float) -> CollectorResult:
    """Call the platform's collector. Whatever it does becomes a result, without the credential's values."""
    try:
        result = CollectorResult.from_dict(registry.collector_for(job.device.platform)(config, timeout_s))
        if result.task_id != job.task_id:
            raise MalformedResult(f"'task_id' is {result.task_id[:40]!r}, another task's")
        check_fits(result)
    except SoftTimeLimitExceeded:
        result = failure_result(job, soft_limit(job), transient=True)
    except CollectError as error:
        message = f"{job.device.name}: collector '{job.device.platform}': {error}"
        result = failure_result(job, Failure(error.reason, message), transient=error.transient)
    except Exception as error:
        # The outermost frame around third-party code: it is recorded, with its traceback in the log.
        log.exception("%s: collector '%s' raised", job.device.name, job.device.platform)
        result = failure_result(job, bug(job, error))
    return _without_secrets(result)


def failure_result(job: Job, failure: Failure, *, transient: bool = False) -> CollectorResult:
    """The result of a failure that the worker found, and no collector."""
    entry = LogEntry.now("error", "worker", failure.message)
    return CollectorResult(
        job.task_id, "failure", utc_now(), (entry,), reason=failure.reason, transient=transient
    )


def no_credential(job: Job, error: CredentialError) -> Failure:
    """A reference of the job's credential, or of a jump host's, resolves to nothing."""
    return Failure(error.reason, f"{job.device.name}: {error}")


def soft_limit(job: Job) -> Failure:
    """Celery's soft limit ended the session."""
    return Failure("timeout", f"{job.device.name}: stopped at the soft limit")


def bug(job: Job, error: BaseException) -> Failure:
    """A bug in one line; its traceback is in the worker's log."""
    line = f"{job.device.name}: {type(error).__name__}: {' '.join(str(error).split())}"
    # Masked before it is cut: the rest of a secret that the cut divides would be found by nobody.
    return Failure("internal", logs.mask(line)[:_MAX_MESSAGE])


def _config(
    job: Job, permissions: Permissions, secrets: Secrets | None, hops: Sequence[Secrets], key: str | None
) -> dict[str, Any]:
    """The plugin contract's `config`. With a key, secrets become fingerprints by default."""
    device = job.device
    default = {"secrets": "fingerprint" if key else "hide"}
    config: dict[str, Any] = {
        "task_id": job.task_id,
        "device": device.name,
        "address": device.address,
        "platform": device.platform,
        "port": device.port,
        "host_keys": list(permissions.device.host_keys),
        "device_id": device.id,
        "fingerprint_key": key,
        "recipients": list(device.recipients),
        "allowed_networks": permissions.device.cidrs(),
        "options": {**default, **device.options.to_contract()},
        "jump": [
            _hop(hop, permission, login)
            for hop, permission, login in zip(device.jump, permissions.hops, hops, strict=True)
        ],
        **(_login(secrets) if secrets else {}),
        "enable_password": secrets and secrets.enable_password,
    }
    return _without_none(config)


def _hop(hop: Hop, permission: Permission, login: Secrets) -> dict[str, Any]:
    return _without_none(
        {
            "address": hop.address,
            "port": hop.port,
            "host_keys": list(permission.host_keys),
            "allowed_networks": permission.cidrs(),
            **_login(login),
        }
    )


def _login(secrets: Secrets) -> dict[str, Any]:
    return {
        "username": secrets.username,
        "password": secrets.password,
        "private_key": secrets.private_key,
        "passphrase": secrets.passphrase,
        "order": list(secrets.order),
    }


def _without_none(config: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if value is not None}


def _without_secrets(result: CollectorResult) -> CollectorResult:
    """The result without the credential's values in its log and facts, whatever the plugin wrote there."""
    return replace(
        result,
        log=tuple(replace(entry, message=logs.mask(entry.message)) for entry in result.log),
        facts={name: logs.mask(text) for name, text in result.facts.items()},
        reason=None if result.reason is None else _reason_word(logs.mask(result.reason)),
    )


def _reason_word(reason: str) -> str:
    """A plugin's reason as the table, a metric's label and a report can show it."""
    return printable(reason).strip()[:_MAX_REASON] or "unspecified"
