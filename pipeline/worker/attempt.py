"""One session at a device: the credential resolved, the collector called, every ending a result.

What a worker does for a backup and for a probe alike. Secrets live in here, masked in whatever is logged
meanwhile, and are in nothing that comes out.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded

from collectors import registry
from collectors.contract import CollectorResult, LogEntry, utc_now
from collectors.errors import CollectError, MalformedResult
from pipeline import logs
from pipeline.errors import CredentialError
from pipeline.values.device import Hop
from pipeline.values.job import Job
from pipeline.worker.credentials import Secrets, fingerprint_key, resolve

log = logging.getLogger("devicevault.worker")

_MAX_MESSAGE = 500


def collect(job: Job, timeout_s: float, key_reference: str | None) -> CollectorResult:
    """Resolve the credential and call the collector; every ending becomes a result."""
    try:
        with unlocked(job, key_reference) as config:
            return call(job, config, timeout_s)
    except CredentialError as error:
        return failed(job, error.reason, f"{job.device.name}: {error}")


@contextmanager
def unlocked(job: Job, key_reference: str | None = None, *, login: bool = True) -> Iterator[dict[str, Any]]:
    """The plugin contract's `config` for a job; its secrets are masked in logs and by `logs.mask` meanwhile.

    Without `login` only the jump hosts' credentials are in it. Raises CredentialError.
    """
    secrets = resolve(job.device.credential) if login else None
    hops = [resolve(hop.credential) for hop in job.device.jump]
    key = fingerprint_key(key_reference)
    hidden = [value for each in (secrets, *hops) if each for value in each.values()]
    with logs.masking([*hidden, *([key] if key else [])]):
        yield _config(job, secrets, hops, key)


def call(job: Job, config: dict[str, Any], timeout_s: float) -> CollectorResult:
    """Call the platform's collector; whatever it does becomes a result, without the credential's values."""
    try:
        result = CollectorResult.from_dict(registry.collector_for(job.device.platform)(config, timeout_s))
        if result.task_id != job.task_id:
            raise MalformedResult(f"'task_id' is {result.task_id[:40]!r}, another task's")
    except SoftTimeLimitExceeded:
        result = failed(job, "timeout", f"{job.device.name}: stopped at the soft limit", transient=True)
    except CollectError as error:
        message = f"{job.device.name}: collector '{job.device.platform}': {error}"
        result = failed(job, error.reason, message, transient=error.transient)
    except Exception as error:
        # The outermost frame around third-party code: it is recorded, with its traceback in the log.
        log.exception("%s: collector '%s' raised", job.device.name, job.device.platform)
        result = failed(job, "internal", _unexpected(job, error))
    return _masked(result)


def failed(job: Job, reason: str, message: str, *, transient: bool = False) -> CollectorResult:
    """A failure that no collector has told."""
    entry = LogEntry.now("error", "worker", message)
    return CollectorResult(job.task_id, "failure", utc_now(), (entry,), reason=reason, transient=transient)


def ended_outside(job: Job, exception: BaseException | None) -> tuple[str, str]:
    """Reason and message of a task that ended without running to its end; None is a revocation."""
    if exception is None:
        return "revoked", f"{job.device.name}: the task was revoked"
    if isinstance(exception, TimeLimitExceeded | SoftTimeLimitExceeded):
        limit_s = job.hard_limit_s if isinstance(exception, TimeLimitExceeded) else job.soft_limit_s
        return "timeout", f"{job.device.name}: killed at the limit of {limit_s:.0f} s"
    return "internal", _unexpected(job, exception)


def _config(job: Job, secrets: Secrets | None, hops: Sequence[Secrets], key: str | None) -> dict[str, Any]:
    """The plugin contract's `config`. With a key, secrets become fingerprints where nobody says otherwise."""
    device = job.device
    default = {"secrets": "fingerprint" if key else "hide"}
    config: dict[str, Any] = {
        "task_id": job.task_id,
        "device": device.name,
        "address": device.address,
        "platform": device.platform,
        "port": device.port,
        "host_keys": list(device.host_keys),
        "device_id": device.id,
        "fingerprint_key": key,
        "recipients": list(device.recipients),
        "allowed_networks": list(device.allowed_networks),
        "options": {**default, **device.options.to_contract()},
        "jump": [_hop(hop, login) for hop, login in zip(device.jump, hops, strict=True)],
        **(_login(secrets) if secrets else {}),
        "enable_password": secrets and secrets.enable_password,
    }
    return _given(config)


def _hop(hop: Hop, login: Secrets) -> dict[str, Any]:
    return _given(
        {"address": hop.address, "port": hop.port, "host_keys": list(hop.host_keys), **_login(login)}
    )


def _login(secrets: Secrets) -> dict[str, Any]:
    return {
        "username": secrets.username,
        "password": secrets.password,
        "private_key": secrets.private_key,
        "passphrase": secrets.passphrase,
        "order": list(secrets.order),
    }


def _given(config: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if value is not None}


def _masked(result: CollectorResult) -> CollectorResult:
    """The result without the credential's values in its log and facts, whatever the plugin wrote there."""
    return replace(
        result,
        log=tuple(replace(entry, message=logs.mask(entry.message)) for entry in result.log),
        facts={name: logs.mask(text) for name, text in result.facts.items()},
        reason=None if result.reason is None else _word(logs.mask(result.reason)),
    )


def _word(reason: str) -> str:
    """A plugin's reason as the table, a metric's label and a report can show it."""
    return "".join(char if char.isprintable() else " " for char in reason).strip()[:64] or "unspecified"


def _unexpected(job: Job, error: BaseException) -> str:
    """A bug in one line: the traceback is in the worker's log."""
    return f"{job.device.name}: {type(error).__name__}: {' '.join(str(error).split())}"[:_MAX_MESSAGE]
