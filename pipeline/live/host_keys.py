"""Host keys of the inventory's devices: the keys that they show, compared with the pinned ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from pipeline.errors import MessageError
from pipeline.live.asking import WORKER_WAIT_S, Answer, Asker, OnProgress, Reply, longest_wait_s
from pipeline.live.pins import Pin, contradicted, pin
from pipeline.transit.broker import SCAN_TASK, VERIFY_TASK
from pipeline.values.device import Device
from pipeline.values.failure import Failure
from pipeline.values.identifier import scan_identifier
from pipeline.values.job import Backup, Job, expected_job
from pipeline.worker import host_keys
from pipeline.worker.host_keys import Look

THREADS = 32
"""How many devices this machine looks at together."""

Standing = Literal["ok", "new", "changed", "unknown", "failed", "none"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One device's keys against the pinned ones. `pins` are all keys that it shows, `new` those not pinned.

    ok       every key that it shows is pinned
    new      it shows keys that are not pinned and contradict none (after a scan)
    unknown  it shows a key, and none is pinned (after a check)
    changed  it shows another key than the pinned one
    failed   it showed no key; `reason` and `message` say why
    none     it is collected over Telnet, which has no keys
    """

    device: str
    standing: Standing
    pins: tuple[Pin, ...] = ()
    new: tuple[Pin, ...] = ()
    pinned: tuple[Pin, ...] = ()
    reason: str | None = None
    message: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The dict that scripts read."""
        return {
            "device": self.device,
            "standing": self.standing,
            "keys": [
                {"line": each.line, "fingerprint": each.fingerprint, "pinned": each not in self.new}
                for each in self.pins
            ],
            "pinned": [each.line for each in self.pinned],
            "reason": self.reason,
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class FromHere:
    """This machine looks at the devices itself, each for at most `timeout_s`; it cannot use jump hosts."""

    timeout_s: float
    on_progress: OnProgress = lambda _count, _jobs: None


@dataclass(frozen=True, slots=True)
class ByWorkers:
    """The worker of each device's group looks at it for at most `timeout_s`."""

    timeout_s: float
    asker: Asker
    on_progress: OnProgress = lambda _count, _jobs: None


Way = FromHere | ByWorkers


def scan(devices: Sequence[Device], now: datetime, way: Way) -> list[Finding]:
    """Every key that each device shows; in the order of `devices`.

    Raises ServiceError if workers are to look, and the broker or Redis is away.
    """
    return _findings(devices, now, way, SCAN_TASK, host_keys.scan, _scan_finding)


def verify(devices: Sequence[Device], now: datetime, way: Way) -> list[Finding]:
    """Whether the key that each device would show to a backup is pinned; raises and orders like `scan`."""
    return _findings(devices, now, way, VERIFY_TASK, host_keys.verify, _check_finding)


def _findings(
    devices: Sequence[Device],
    now: datetime,
    way: Way,
    task: str,
    look: Callable[[Job, float], Look],
    judge: Callable[[Device, Look], Finding],
) -> list[Finding]:
    findings = {device.name: finding for device in devices if (finding := _without_a_look(device, way))}
    reachable = [device for device in devices if device.name not in findings]
    jobs = _jobs(reachable, now, way)
    looks = _from_here(jobs, way, look) if isinstance(way, FromHere) else _by_workers(jobs, way, task)
    for device, job in zip(reachable, jobs, strict=True):
        findings[device.name] = judge(device, looks[job.task_identifier])
    return [findings[device.name] for device in devices]


def _without_a_look(device: Device, way: Way) -> Finding | None:
    """The finding of a device that nobody has to look at, or that cannot be looked at in this way."""
    if device.options.transport == "telnet":
        return Finding(device.name, "none", message=f"{device.name}: Telnet has no host keys")
    if device.jump and isinstance(way, FromHere):
        message = f"{device.name}: it is behind a jump host; look with --via-worker"
        return Finding(device.name, "failed", reason="jump", message=message)
    return None


def _jobs(devices: Sequence[Device], now: datetime, way: Way) -> list[Job]:
    limited = [replace(device, timeout_s=way.timeout_s) for device in devices]
    deadline = now + timedelta(seconds=longest_wait_s(limited))
    return [
        expected_job(Backup(scan_identifier(device.name, now), device, deadline), now, None)
        for device in limited
    ]


def _from_here(jobs: Sequence[Job], way: FromHere, look: Callable[[Job, float], Look]) -> dict[str, Look]:
    looks: dict[str, Look] = {}
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="host-keys")
    try:
        futures = {pool.submit(look, job, way.timeout_s): job for job in jobs}
        for future in as_completed(futures):
            looks[futures[future].task_identifier] = future.result()
            way.on_progress(len(looks), ())
    finally:
        pool.shutdown(cancel_futures=True)
    return looks


def _by_workers(jobs: Sequence[Job], way: ByWorkers, task: str) -> dict[str, Look]:
    if not jobs:
        return {}
    replies = way.asker.ask(task, jobs, WORKER_WAIT_S + way.timeout_s, way.on_progress)
    return {job.task_identifier: _look(job, replies[job.task_identifier]) for job in jobs}


def _look(job: Job, reply: Reply) -> Look:
    if not isinstance(reply, Answer):
        return host_keys.failed_look(job, reply.failure(job))
    try:
        return Look.from_json(reply.content, job.device.name)
    except MessageError as error:
        return host_keys.failed_look(job, Failure("malformed", str(error)))


def _scan_finding(device: Device, look: Look) -> Finding:
    if look.standing == "failed":
        return Finding(device.name, "failed", reason=look.reason, message=look.message)
    pins = tuple(pin(device, key) for key in look.keys)
    new = tuple(each for each in pins if each.key not in device.host_keys)
    if contradicted(device.host_keys, look.keys):
        message = f"{device.name}: its host key has changed"
        return Finding(device.name, "changed", pins, new, _pinned(device), "host_key", message)
    return Finding(device.name, "new" if new else "ok", pins, new)


def _check_finding(device: Device, look: Look) -> Finding:
    if look.standing == "failed" or look.standing == "shown":
        return Finding(device.name, "failed", reason=look.reason, message=look.message)
    pins = tuple(pin(device, key) for key in look.keys)
    new = tuple(each for each in pins if each.key not in device.host_keys)
    message = {
        "changed": f"{device.name}: its host key has changed",
        "unknown": f"{device.name}: no host key is pinned",
    }.get(look.standing)
    reason = "host_key" if message else None
    return Finding(device.name, look.standing, pins, new, _pinned(device), reason, message)


def _pinned(device: Device) -> tuple[Pin, ...]:
    return tuple(pin(device, key) for key in device.host_keys)
