"""`device.hostkeys` and `device.hostkeys.verify`: which keys a device shows. Nobody logs in to the device.

A worker does this for its group, and the command line for devices that its machine reaches. It logs in to
the jump hosts on the way, to each with its own credential and its own pinned key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from pipeline.text.words import printable
from pipeline.transit.broker import SCAN_TASK, VERIFY_TASK
from pipeline.values.failure import Failure
from pipeline.values.job import Job
from pipeline.worker import attempt
from pipeline.worker.answering import Question
from pipeline.worker.policy import SAFE, Policies

Standing = Literal["shown", "ok", "changed", "unknown", "failed"]

STANDINGS: tuple[Standing, ...] = get_args(Standing)

_MAX_KEYS, _MAX_KEY, _MAX_MESSAGE = 16, 20_000, 2000


@dataclass(frozen=True, slots=True)
class Look:
    """The keys that one device showed, as known_hosts writes them, or why it showed none.

    After a scan `standing` is "shown"; after a check it compares the key with the pinned ones. It is
    "failed" exactly if there are `reason` and `message`.
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
        """Read a worker's answer about `device`; MessageError says what is wrong with it."""
        keys = raw.get("keys")
        standing = next((known for known in STANDINGS if known == raw.get("standing")), None)
        reason, message = raw.get("reason"), raw.get("message")
        if standing is None or not isinstance(keys, list) or len(keys) > _MAX_KEYS:
            raise MessageError(f"{device}: the worker's answer is not about host keys")
        if (standing == "failed") != (isinstance(reason, str) and isinstance(message, str)):
            raise MessageError(f"{device}: the worker's answer does not say why it failed")
        return cls(
            device, standing, tuple(_key(device, key) for key in keys), _one_line(reason), _one_line(message)
        )


def scan(job: Job, timeout_s: float, policy: Policies = SAFE) -> Look:
    """Every key that the device shows."""
    return _look(job, timeout_s, policy, every=True)


def verify(job: Job, timeout_s: float, policy: Policies = SAFE) -> Look:
    """The key that a backup would be shown, compared with the pinned ones."""
    return _look(job, timeout_s, policy, every=False)


def failed_look(job: Job, failure: Failure) -> Look:
    """A look at a device that showed no key."""
    return Look(job.device.name, "failed", reason=failure.reason, message=_one_line(failure.message))


def _look(job: Job, timeout_s: float, policy: Policies, *, every: bool) -> Look:
    try:
        with attempt.session_config(job, policy=policy, login=False) as config:
            try:
                request = Request.from_config(config)
                if every:
                    return Look(job.device.name, "shown", host_keys.scan(request, timeout_s))
                check = host_keys.check(request, timeout_s)
            except CollectError as error:
                return failed_look(job, Failure(error.reason, logs.mask(str(error))))
    except CredentialError as error:
        return failed_look(job, attempt.no_credential(job, error))
    except SoftTimeLimitExceeded:
        return failed_look(job, attempt.soft_limit(job))
    return Look(job.device.name, check.standing, (check.key,) if check.key else ())


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


def _one_line(text: str | None) -> str | None:
    return None if text is None else printable(text[:_MAX_MESSAGE])


def questions(policy: Policies = SAFE) -> tuple[Question, ...]:
    """The tasks of a worker with this policy."""
    return _question(SCAN_TASK, scan, policy), _question(VERIFY_TASK, verify, policy)


def _question(task: str, look: Callable[[Job, float, Policies], Look], policy: Policies) -> Question:
    return Question(
        task,
        lambda job, timeout_s: look(job, timeout_s, policy).to_json(),
        lambda job, failure: failed_look(job, failure).to_json(),
    )
