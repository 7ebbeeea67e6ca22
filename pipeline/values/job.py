"""One expected backup, and the job by which a worker learns of it.

A dict exists only between `to_json` and `from_json`. A job holds no secret: its credential is a set of
references, which the worker alone resolves.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, Self

from pipeline.errors import MessageError
from pipeline.values import checks, wire
from pipeline.values.device import LOGIN_ORDER, Credential, Device, Hop
from pipeline.values.identifier import Kind, kind_of
from pipeline.values.names import name_problem
from pipeline.values.options import Options


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup that should exist: what a schedule or a person asks for. `deadline` and `slot` in UTC."""

    task_identifier: str
    device: Device
    deadline: datetime
    schedule: str | None = None
    slot: datetime | None = None


@lru_cache(maxsize=1024)  # each is needed several times in a row, and costs two hashes
def task_id_of(task_identifier: str) -> str:
    """Celery's id for a backup. Deterministic, so that publishing one slot twice is one task."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"devicevault:{task_identifier}"))


@dataclass(frozen=True, slots=True)
class Job:
    """One expected backup on its way to a worker: all it needs to know, nothing secret.

    Times are in UTC. `run_seq` is issued by the table; a smaller one never overwrites a larger.
    `schedule` and `slot` are None for a backup on demand. `device.schedule` does not travel: a job that was
    read from a message or a row holds a device without one.
    """

    task_identifier: str
    run_seq: int
    device: Device
    schedule: str | None
    slot: datetime | None
    queued_at: datetime
    deadline: datetime
    inventory_commit: str | None
    run_url: str | None = None

    @property
    def task_id(self) -> str:
        """Celery's id for this job."""
        return task_id_of(self.task_identifier)

    @property
    def kind(self) -> Kind:
        """What is done at the device, as the task identifier says."""
        return kind_of(self.task_identifier)

    @property
    def soft_limit_s(self) -> float:
        """Celery's soft limit in seconds. The collector's own deadline comes first: the device's `timeout_s`.

        The rest is for the outcome's way to the stream, which may be away for a minute.
        """
        return self.device.timeout_s + 75

    @property
    def hard_limit_s(self) -> float:
        """Celery's hard limit in seconds; the device's lock outlives it."""
        return self.device.timeout_s + 85

    def to_json(self) -> dict[str, Any]:
        """The dict that travels on the queue. It is flat: the device's settings stand beside the job's."""
        return {**wire.to_plain_fields(self, _JOB_KEYS), **wire.to_plain_fields(self.device, _DEVICE_KEYS)}

    @classmethod
    def from_json(cls, raw: object) -> Self:
        """Read a job; MessageError says what is wrong with it.

        Names are checked again here: they become paths, and a queue is not a reviewed inventory.
        """
        if not isinstance(raw, dict):
            raise MessageError(f"Job must be an object, not {type(raw).__name__}")
        if not raw.keys() >= _REQUIRED:
            raise MessageError(f"Job: missing {', '.join(sorted(_REQUIRED - raw.keys()))}")
        device = _device(raw)
        values = {name: raw[name] for name in _JOB_KEYS if name in raw}
        values |= {name: checks.as_moment(raw[name], name) for name in _JOB_TIMES}
        values["slot"] = None if raw["slot"] is None else checks.as_moment(raw["slot"], "slot")
        job = cls(device=device, **values)
        checks.check_texts(job, _JOB_TEXTS, _JOB_OPTIONAL_TEXTS)
        for name in filter(None, (device.name, device.group, device.repo)):
            if problem := name_problem(name):
                raise MessageError(
                    f"job {checks.quote(job.task_identifier)}: bad name {checks.quote(name)}: {problem}"
                )
        if max(len(job.task_identifier), len(device.id)) > MAX_KEY:
            raise MessageError(f"'task_identifier' and 'device_id' have at most {MAX_KEY} characters")
        checks.check_number("run_seq", job.run_seq, 0, _BIGINT, int)
        return job


def expected_job(
    backup: Backup, now: datetime, inventory_commit: str | None, run_url: str | None = None
) -> Job:
    """The job of a backup that is expected from `now` on; the table has yet to issue its `run_seq`."""
    return Job(
        task_identifier=backup.task_identifier,
        run_seq=0,  # issued by the table
        device=backup.device,
        schedule=backup.schedule,
        slot=backup.slot,
        queued_at=now,
        deadline=backup.deadline,
        inventory_commit=inventory_commit,
        run_url=run_url,
    )


_BIGINT = 2**63 - 1
"""The largest number that a bigint of Postgres holds."""


_DAY_S = 86_400
"""More than any collection takes."""


MAX_KEY = 600
"""Characters of an identifier in a row, a Redis key and a commit's trailer; Postgres indexes 2700 bytes."""


_JOB_KEYS = {field.name: field.name for field in fields(Job) if field.name != "device"}
"""The job's own fields → their keys in its dict."""


_DEVICE_KEYS = {
    field.name: {"id": "device_id", "name": "device"}.get(field.name, field.name)
    for field in fields(Device)
    if field.name != "schedule"
}
"""The device's fields → their keys in a job's dict. A new field of Device travels by itself."""


_REQUIRED = frozenset({
    "task_identifier", "run_seq", "schedule", "slot", "queued_at", "deadline", "inventory_commit",
    "device_id", "device", "group", "queue_id", "address", "port", "platform", "timeout_s",
})  # fmt: skip
"""The keys that every version has written."""


_JOB_TIMES = ("queued_at", "deadline")


_JOB_TEXTS = ("task_identifier",)


_JOB_OPTIONAL_TEXTS = ("schedule", "inventory_commit", "run_url")


_DEVICE_TEXTS = ("id", "name", "address", "platform", "repo")


_DEVICE_OPTIONAL_TEXTS = ("group", "queue_id")


_REFERENCES = ("password", "enable_password", "private_key", "passphrase")


def _device(raw: Mapping[str, Any]) -> Device:
    values = {name: raw[key] for name, key in _DEVICE_KEYS.items() if key in raw}
    values["credential"] = _credential(values.get("credential"))
    values["options"] = Options.from_json(values.get("options") or {})
    values["jump"] = tuple(_hop(hop) for hop in checks.as_tuple(values.get("jump"), "jump"))
    for name in ("host_keys", "recipients", "allowed_networks"):
        values[name] = checks.as_tuple(values.get(name), name)
        checks.check_keys(values[name], name)
    device = wire.build(Device, values)
    checks.check_texts(device, _DEVICE_TEXTS, _DEVICE_OPTIONAL_TEXTS, _DEVICE_KEYS)
    checks.check_number("max_shrink", device.max_shrink, 0, 1, int, float)
    checks.check_number("timeout_s", device.timeout_s, 0.001, _DAY_S, int, float)
    if device.port is not None:
        checks.check_number("port", device.port, 1, 65535, int)
    return device


def _credential(raw: object) -> Credential:
    values = wire.known_fields(Credential, raw)
    values["order"] = checks.as_tuple(values.get("order"), "order") or LOGIN_ORDER
    if not all(isinstance(way, str) and way in LOGIN_ORDER for way in values["order"]):
        raise MessageError(f"'order' must be a list of {' and '.join(LOGIN_ORDER)}")
    credential = wire.build(Credential, values)
    checks.check_texts(credential, ("name", "username"), _REFERENCES)
    return credential


def _hop(raw: object) -> Hop:
    values = wire.known_fields(Hop, raw)
    values["credential"] = _credential(values.get("credential"))
    values["host_keys"] = checks.as_tuple(values.get("host_keys"), "host_keys")
    hop = wire.build(Hop, values)
    checks.check_texts(hop, ("name", "address"), ())
    checks.check_number("port", hop.port, 1, 65535, int)
    checks.check_keys(hop.host_keys)
    return hop
