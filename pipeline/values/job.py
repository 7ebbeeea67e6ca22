"""The values that travel: Device (inventory), Job (queue) and Outcome (stream).

Each is frozen. A dict exists only between `to_json` and `from_json`. None of them holds a secret: a
credential is a set of references, resolved by the worker alone.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, Self

from pipeline.errors import MessageError
from pipeline.store.shrink import DEFAULT_MAX_SHRINK
from pipeline.values import checks
from pipeline.values.names import DEFAULT_REPO, config_path, name_problem
from pipeline.values.options import ARTEFACT_NAME, Options

BASE64 = "base64:"
"""Before a binary artefact, which travels as base64."""

Status = Literal["queued", "success", "failure", "lost"]

LOGIN_ORDER = ("private_key", "password")
"""Which secret of a credential that holds both is offered first, where it does not say so itself."""


@dataclass(frozen=True, slots=True)
class Credential:
    """References to secrets (`env:NAME`, `file:/path`); `username` may be plain text.

    `order` is that in which `password` and `private_key` are offered.
    """

    name: str
    username: str
    password: str | None = None
    enable_password: str | None = None
    private_key: str | None = None
    passphrase: str | None = None
    order: tuple[str, ...] = LOGIN_ORDER


@dataclass(frozen=True, slots=True)
class Hop:
    """A jump host on the way to a device, with its own credential and pinned keys."""

    name: str
    address: str
    port: int
    credential: Credential
    host_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Device:
    """One device of the inventory with groups and defaults applied.

    `id` is stable over renames and keys the lock; it is the name unless the inventory gives one.
    `timeout_s` is the budget of one collection; `max_shrink` the share of its lines that a configuration
    may lose from one backup to the next without being quarantined. For `recipients`, public keys, a sealed
    copy with all secrets is stored too. `repo` names the configs repo. Where there are `allowed_networks`
    (CIDR), nothing outside of them is connected to.
    """

    id: str
    name: str
    address: str
    platform: str
    credential: Credential
    port: int | None = None
    group: str | None = None
    queue_id: str | None = None
    schedule: str | None = None
    host_keys: tuple[str, ...] = ()
    timeout_s: float = 60.0
    options: Options = field(default_factory=Options)
    max_shrink: float = DEFAULT_MAX_SHRINK
    jump: tuple[Hop, ...] = ()
    recipients: tuple[str, ...] = ()
    repo: str = DEFAULT_REPO
    allowed_networks: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Where its configuration lies in the configs repo."""
        return config_path(self.group, self.name)


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one backup ended, on its way from the worker to the consumer.

    `device_config` is text on success and None on failure; `deflated` is the zlib stream that it came as.
    `collected_at` is when the device answered. `artefacts` map a name to text, or to base64 behind BASE64.
    `accepted`: a person vouches for it.
    """

    job: Job
    status: Literal["success", "failure"]
    reason: str | None
    collected_at: str
    started_at: str
    finished_at: str
    worker: str
    attempts: int
    log: tuple[Mapping[str, str], ...] = ()
    device_config: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    artefacts: Mapping[str, str] = field(default_factory=dict)
    accepted: bool = False
    deflated: bytes | None = field(default=None, repr=False, compare=False)

    def to_json(self) -> str:
        """What travels on the stream beside `device_config`, which goes as a zlib stream of its own."""
        values = {**checks.plain(self), "device_config": None, "deflated": None}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes, deflated: bytes | None = None) -> Self:
        """Read a stream entry: JSON, and the configuration's zlib stream where it is not in there.

        MessageError says what is wrong with it.
        """
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise MessageError(f"not JSON: {error}") from error
        values = checks.known(cls, raw)
        values["deflated"] = deflated
        if deflated is not None:
            values["device_config"] = checks.inflated_text(deflated)
        values["job"] = Job.from_json(values.get("job"))
        values["log"] = checks.listed(values.get("log"), "log")
        outcome = checks.texts(checks.build(cls, values), _OUTCOME_TEXTS, ("reason",))
        if outcome.status not in ("success", "failure"):
            raise MessageError(f"unknown status {checks.short(outcome.status)}")
        if not isinstance(outcome.device_config, str | None):
            raise MessageError("'device_config' must be a text, or null")
        if (outcome.status == "success") != isinstance(outcome.device_config, str):
            raise MessageError("a success holds a device_config, and nothing else does")
        if outcome.status == "success" and not (outcome.device_config or "").strip():
            raise MessageError("a success with an empty device_config")
        if outcome.status == "failure" and not outcome.reason:
            raise MessageError("a failure without a reason")
        # What was inflated has been decoded from it.
        if deflated is None and not checks.is_utf8(outcome.device_config or ""):
            raise MessageError("'device_config' holds characters that UTF-8 cannot")
        for mapping in (*outcome.log, outcome.facts, outcome.artefacts):
            if not isinstance(mapping, dict) or not all(
                checks.is_text(key) and isinstance(value, str) and checks.is_utf8(value)
                for key, value in mapping.items()
            ):
                raise MessageError(
                    "'log' must hold objects, and 'facts' and 'artefacts' be objects, of texts"
                )
        if not all(ARTEFACT_NAME.fullmatch(name) for name in outcome.artefacts):
            raise MessageError("'artefacts' must have names of a-z, 0-9, '.', '_' and '-'")
        outcome.artefact_bytes()
        checks.check_number("attempts", outcome.attempts, 0, _INTEGER, int)
        checks.check_times(outcome.collected_at, outcome.started_at, outcome.finished_at)
        return outcome

    def artefact_bytes(self) -> dict[str, bytes]:
        """The artefacts' contents by name; MessageError if one is not the base64 that it says it is."""
        try:
            return {
                name: base64.b64decode(text.removeprefix(BASE64), validate=True)
                if text.startswith(BASE64)
                else text.encode()
                for name, text in self.artefacts.items()
            }
        except ValueError as error:
            raise MessageError(f"'artefacts': {error}") from error


# What Postgres holds in a bigint and an integer, and more than any collection takes.
_BIGINT, _INTEGER, _DAY_S = 2**63 - 1, 2**31 - 1, 86_400
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
_OUTCOME_TEXTS = ("worker", "collected_at", "started_at", "finished_at")
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
