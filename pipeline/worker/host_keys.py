"""`device.hostkeys` and `device.hostkeys.verify`: which keys a device shows. Nobody logs in to the device.

In a worker, or right here for a device that this machine reaches. The jump hosts on the way are logged in
to, each with its own credential and its own pinned key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, get_args

from celery.exceptions import SoftTimeLimitExceeded

from collectors import host_keys
from collectors.errors import BadRequest, CollectError
from collectors.request import Request
from collectors.transport.host_key import HostKey
from collectors.transport.tls import is_pin, pins
from pipeline import logs
from pipeline.errors import CredentialError, MessageError
from pipeline.transit.broker import SCAN_TASK, VERIFY_TASK
from pipeline.values.job import Job
from pipeline.worker import attempt
from pipeline.worker.answering import Question

Standing = Literal["shown", "ok", "changed", "unknown", "failed"]

STANDINGS: tuple[Standing, ...] = get_args(Standing)

_MAX_KEYS, _MAX_KEY, _MAX_MESSAGE = 16, 20_000, 2000


@dataclass(frozen=True, slots=True)
class Look:
    """What one device showed: its keys as known_hosts writes them, or why there are none.

    `standing` is "shown" after a scan; after a check it says how the key stands to the pinned ones.
    """

    device: str
    standing: Standing
    keys: tuple[str, ...] = ()
    reason: str | None = None
    message: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The dict that travels back from a worker."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any], device: str) -> Self:
        """Read a worker's answer about `device`; MessageError if it is none."""
        keys = raw.get("keys")
        standing = next((known for known in STANDINGS if known == raw.get("standing")), None)
        reason, message = raw.get("reason"), raw.get("message")
        if standing is None or not isinstance(keys, list) or len(keys) > _MAX_KEYS:
            raise MessageError(f"{device}: the worker's answer is not about host keys")
        if (standing == "failed") != (isinstance(reason, str) and isinstance(message, str)):
            raise MessageError(f"{device}: the worker's answer does not say why it failed")
        return cls(device, standing, tuple(_key(device, key) for key in keys), _line(reason), _line(message))


def scan(job: Job, timeout_s: float) -> Look:
    """Every key that the device shows."""
    return _look(job, timeout_s, every=True)


def verify(job: Job, timeout_s: float) -> Look:
    """The key that a backup would be shown, compared with the pinned ones."""
    return _look(job, timeout_s, every=False)


def failed(job: Job, reason: str, message: str) -> Look:
    """A device that showed nothing."""
    return Look(job.device.name, "failed", reason=reason, message=_line(message))


def _look(job: Job, timeout_s: float, *, every: bool) -> Look:
    try:
        with attempt.unlocked(job, login=False) as config:
            try:
                request = Request.from_config(config)
                if every:
                    return Look(job.device.name, "shown", host_keys.scan(request, timeout_s))
                checked = host_keys.check(request, timeout_s)
            except CollectError as error:
                return failed(job, error.reason, logs.mask(str(error)))
    except CredentialError as error:
        return failed(job, error.reason, f"{job.device.name}: {error}")
    except SoftTimeLimitExceeded:
        return failed(job, "timeout", f"{job.device.name}: stopped at the soft limit")
    return Look(job.device.name, checked.standing, (checked.key,) if checked.key else ())


def _key(device: str, key: object) -> str:
    if not isinstance(key, str) or len(key) > _MAX_KEY or not key.isprintable():
        raise MessageError(f"{device}: the worker's answer holds something that is no key")
    try:
        if is_pin(key):
            pins(device, (key,))
            return key
        return str(HostKey.parse(device, key))
    except BadRequest as error:
        raise MessageError(str(error)) from error


def _line(text: str | None) -> str | None:
    if text is None:
        return None
    return "".join(char if char.isprintable() else " " for char in text[:_MAX_MESSAGE])


QUESTIONS = (
    Question(
        SCAN_TASK,
        lambda job, timeout_s: scan(job, timeout_s).to_json(),
        lambda job, reason, message: failed(job, reason, message).to_json(),
    ),
    Question(
        VERIFY_TASK,
        lambda job, timeout_s: verify(job, timeout_s).to_json(),
        lambda job, reason, message: failed(job, reason, message).to_json(),
    ),
)
