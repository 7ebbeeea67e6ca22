"""Host keys of the inventory's devices: what they show, compared with what is pinned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from pipeline.errors import MessageError
from pipeline.live.asking import FOR_A_WORKER_S, Asker, Tell, longest_wait_s, why_missing
from pipeline.live.pins import Pin, contradicted, pin
from pipeline.transit.broker import SCAN_TASK, VERIFY_TASK
from pipeline.values.device import Device
from pipeline.values.identifier import scan_identifier
from pipeline.values.job import Backup, Job, expected_job
from pipeline.worker import host_keys
from pipeline.worker.host_keys import Look

THREADS = 32
"""Devices that are looked at together from here."""

Standing = Literal["ok", "new", "changed", "unknown", "failed", "none"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One device's keys against the pinned ones: what it shows (`pins`), and what of that is `new`.

    ok       what it shows is pinned
    new      it shows keys that are not pinned and contradict nothing (of a scan)
    unknown  none is pinned, and it shows one (of a check)
    changed  what it shows is not what is pinned
    failed   it showed nothing: `reason` and `message`
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
        """As scripts read it."""
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
class Way:
    """How devices are looked at: from here, or with an `asker` by their groups' workers."""

    timeout_s: float
    asker: Asker | None = None
    tell: Tell = lambda _done, _jobs: None


def scan(devices: Sequence[Device], now: datetime, way: Way) -> list[Finding]:
    """Every key that each device shows; in the order of `devices`."""
    return _findings(devices, now, way, SCAN_TASK, host_keys.scan, _scanned)


def verify(devices: Sequence[Device], now: datetime, way: Way) -> list[Finding]:
    """Whether each device shows a pinned key, asked as a backup asks; in the order of `devices`."""
    return _findings(devices, now, way, VERIFY_TASK, host_keys.verify, _verified)


def _findings(
    devices: Sequence[Device],
    now: datetime,
    way: Way,
    task: str,
    look: Callable[[Job, float], Look],
    judge: Callable[[Device, Look], Finding],
) -> list[Finding]:
    found: dict[str, Finding] = {}
    asked: list[Device] = []
    for device in devices:
        if device.options.transport == "telnet":
            message = f"{device.name}: Telnet has no host keys"
            found[device.name] = Finding(device.name, "none", message=message)
        elif device.jump and way.asker is None:
            message = f"{device.name}: it is behind a jump host; look with --via-worker"
            found[device.name] = Finding(device.name, "failed", reason="jump", message=message)
        else:
            asked.append(device)
    jobs = _jobs(asked, now, way)
    looks = _from_here(jobs, way, look) if way.asker is None else _by_workers(jobs, way, way.asker, task)
    for device, job in zip(asked, jobs, strict=True):
        found[device.name] = judge(device, looks[job.task_identifier])
    return [found[device.name] for device in devices]


def _jobs(devices: Sequence[Device], now: datetime, way: Way) -> list[Job]:
    limited = [replace(device, timeout_s=way.timeout_s) for device in devices]
    deadline = now + timedelta(seconds=longest_wait_s(limited))
    return [
        expected_job(Backup(scan_identifier(device.name, now), device, deadline), now, None)
        for device in limited
    ]


def _from_here(jobs: Sequence[Job], way: Way, look: Callable[[Job, float], Look]) -> dict[str, Look]:
    looks: dict[str, Look] = {}
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="host-keys")
    try:
        futures = {pool.submit(look, job, way.timeout_s): job for job in jobs}
        for future in as_completed(futures):
            looks[futures[future].task_identifier] = future.result()
            way.tell(len(looks), ())
    finally:
        pool.shutdown(cancel_futures=True)
    return looks


def _by_workers(jobs: Sequence[Job], way: Way, asker: Asker, task: str) -> dict[str, Look]:
    if not jobs:
        return {}
    found = asker.ask(task, jobs, FOR_A_WORKER_S + way.timeout_s, way.tell)
    looks: dict[str, Look] = {}
    for job in jobs:
        answer = found.answers.get(job.task_identifier)
        try:
            look = Look.from_json(answer, job.device.name) if answer is not None else None
        except MessageError as error:
            look = host_keys.failed(job, "malformed", str(error))
        looks[job.task_identifier] = look or host_keys.failed(job, *why_missing(job, found))
    return looks


def _scanned(device: Device, look: Look) -> Finding:
    if look.standing == "failed":
        return Finding(device.name, "failed", reason=look.reason, message=look.message)
    pins = tuple(pin(device, key) for key in look.keys)
    new = tuple(each for each in pins if each.key not in device.host_keys)
    if contradicted(device.host_keys, look.keys):
        message = f"{device.name}: its host key has changed"
        return Finding(device.name, "changed", pins, new, _pinned(device), "host_key", message)
    return Finding(device.name, "new" if new else "ok", pins, new)


def _verified(device: Device, look: Look) -> Finding:
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
