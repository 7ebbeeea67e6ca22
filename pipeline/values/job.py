"""One expected backup, and the job by which a worker learns of it.

A dict exists only between `to_json` and `from_json`. A job holds no secret: its credential is a set of
references, which the worker alone resolves.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Self

from pipeline.errors import MessageError
from pipeline.values import checks
from pipeline.values.checks import iso
from pipeline.values.device import DEFAULT_MAX_SHRINK, LOGIN_ORDER, Credential, Device, Hop
from pipeline.values.names import DEFAULT_REPO, config_path, name_problem
from pipeline.values.options import Options


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup that should exist: what a schedule or a person asks for. `deadline` and `slot` in UTC."""

    task_identifier: str
    device: Device
    deadline: datetime
    schedule: str | None = None
    slot: datetime | None = None


@lru_cache(maxsize=1024)  # the same one is asked for again and again, and costs two hashes
def task_id_of(task_identifier: str) -> str:
    """Celery's id for a backup. Deterministic, so that publishing one slot twice is one task."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"devicevault:{task_identifier}"))


@dataclass(frozen=True, slots=True)
class Job:
    """One expected backup on its way to a worker: all it needs to know, nothing secret.

    Times are ISO 8601 UTC. `run_seq` is issued by the table; a smaller one never overwrites a larger.
    """

    task_identifier: str
    run_seq: int
    device_id: str
    device: str
    group: str | None
    queue_id: str | None
    address: str
    port: int | None
    platform: str
    credential: Credential
    host_keys: tuple[str, ...]
    options: Options
    timeout_s: float
    schedule: str | None
    slot: str | None
    queued_at: str
    deadline: str
    inventory_commit: str | None
    run_url: str | None = None
    max_shrink: float = DEFAULT_MAX_SHRINK
    jump: tuple[Hop, ...] = ()
    recipients: tuple[str, ...] = ()
    repo: str = DEFAULT_REPO
    allowed_networks: tuple[str, ...] = ()

    @property
    def task_id(self) -> str:
        """Celery's id for this job."""
        return task_id_of(self.task_identifier)

    @property
    def soft_limit_s(self) -> float:
        """Celery's soft limit in seconds. The collector's own deadline, `timeout_s`, comes first.

        The rest is for the outcome's way to the stream, which may be away for a minute.
        """
        return self.timeout_s + 75

    @property
    def hard_limit_s(self) -> float:
        """Celery's hard limit in seconds; the device's lock outlives it."""
        return self.timeout_s + 85

    @property
    def path(self) -> str:
        """Where the configuration goes in the configs repo."""
        return config_path(self.group, self.device)

    def to_json(self) -> dict[str, Any]:
        """The dict that travels on the queue."""
        values: dict[str, Any] = checks.plain(self)
        return values

    @classmethod
    def from_json(cls, raw: object) -> Self:
        """Read a job; MessageError says what is wrong with it.

        Names are checked again here: they become paths, and a queue is not a reviewed inventory.
        """
        values = checks.known(cls, raw)
        values["credential"] = _credential(values.get("credential"))
        values["recipients"] = checks.listed(values.get("recipients"), "recipients")
        values["allowed_networks"] = checks.listed(values.get("allowed_networks"), "allowed_networks")
        values["jump"] = tuple(_hop(raw) for raw in checks.listed(values.get("jump"), "jump"))
        values["host_keys"] = checks.listed(values.get("host_keys"), "host_keys")
        values["options"] = Options.from_json(values.get("options") or {})
        job = checks.texts(checks.build(cls, values), _JOB_TEXTS, _JOB_OPTIONAL_TEXTS)
        for name in filter(None, (job.device, job.group, job.repo)):
            if problem := name_problem(name):
                raise MessageError(
                    f"job {checks.short(job.task_identifier)}: bad name {checks.short(name)}: {problem}"
                )
        if max(len(job.task_identifier), len(job.device_id)) > _MAX_KEY:
            raise MessageError(f"'task_identifier' and 'device_id' have at most {_MAX_KEY} characters")
        checks.check_keys(job.host_keys)
        checks.check_keys(job.recipients, "recipients")
        checks.check_keys(job.allowed_networks, "allowed_networks")
        checks.check_number("run_seq", job.run_seq, 0, _BIGINT, int)
        checks.check_number("max_shrink", job.max_shrink, 0, 1, int, float)
        checks.check_number("timeout_s", job.timeout_s, 0.001, _DAY_S, int, float)
        if job.port is not None:
            checks.check_number("port", job.port, 1, 65535, int)
        checks.check_times(job.queued_at, job.deadline, job.slot)
        return job


def expected_job(
    backup: Backup, now: datetime, inventory_commit: str | None, run_url: str | None = None
) -> Job:
    """The job of a backup that is expected from `now` on; the table has yet to issue its `run_seq`."""
    device = backup.device
    return Job(
        task_identifier=backup.task_identifier,
        run_seq=0,  # issued by the table
        device_id=device.id,
        device=device.name,
        group=device.group,
        queue_id=device.queue_id,
        address=device.address,
        port=device.port,
        platform=device.platform,
        credential=device.credential,
        host_keys=device.host_keys,
        options=device.options,
        max_shrink=device.max_shrink,
        jump=device.jump,
        recipients=device.recipients,
        repo=device.repo,
        allowed_networks=device.allowed_networks,
        timeout_s=device.timeout_s,
        schedule=backup.schedule,
        slot=None if backup.slot is None else iso(backup.slot),
        queued_at=iso(now),
        deadline=iso(backup.deadline),
        inventory_commit=inventory_commit,
        run_url=run_url,
    )


_BIGINT = 2**63 - 1
"""The largest number that a bigint of Postgres holds."""


_DAY_S = 86_400
"""More than any collection takes."""


_MAX_KEY = 600  # characters; Postgres indexes at most 2700 bytes


_JOB_TEXTS = (
    "task_identifier",
    "device_id",
    "device",
    "address",
    "platform",
    "queued_at",
    "deadline",
    "repo",
)


_JOB_OPTIONAL_TEXTS = ("group", "queue_id", "schedule", "slot", "inventory_commit", "run_url")


_REFERENCES = ("password", "enable_password", "private_key", "passphrase")


def _credential(raw: object) -> Credential:
    values = checks.known(Credential, raw)
    values["order"] = checks.listed(values.get("order"), "order") or LOGIN_ORDER
    if not set(values["order"]) <= set(LOGIN_ORDER):
        raise MessageError(f"'order' must be a list of {' and '.join(LOGIN_ORDER)}")
    return checks.texts(checks.build(Credential, values), ("name", "username"), _REFERENCES)


def _hop(raw: object) -> Hop:
    values = checks.known(Hop, raw)
    values["credential"] = _credential(values.get("credential"))
    values["host_keys"] = checks.listed(values.get("host_keys"), "host_keys")
    hop = checks.texts(checks.build(Hop, values), ("name", "address"), ())
    checks.check_number("port", hop.port, 1, 65535, int)
    checks.check_keys(hop.host_keys)
    return hop
