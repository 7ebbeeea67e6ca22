"""What a probe found, step by step: made of a collector's result in the worker, read by the one who asked.

It holds a few lines of the configuration, with secrets hidden, and none of the credential's values. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from math import isfinite
from typing import Any

from collectors import registry
from collectors.answer.masks import HIDDEN
from collectors.contract import CollectorResult
from collectors.journal import untimed
from collectors.transport.host_key import place
from collectors.transport.ssh.servers import contradiction
from pipeline.errors import MessageError
from pipeline.values.checks import from_iso
from pipeline.values.job import Job

STEPS = ("reached", "host key", "login", "platform", "configuration")
HEAD_LINES = 10

_OF_SOURCE = {
    "connect": "reached",
    "host_key": "host key",
    "login": "login",
    "session": "platform",
    "netmiko": "platform",
    "collect": "configuration",
    "contexts": "configuration",
    "artefacts": "configuration",
    "files": "configuration",
}
"""A log entry's source → the step that it belongs to."""

_OF_REASON = {
    "unreachable": "reached",
    "forbidden": "reached",
    "incompatible": "host key",
    "host_key": "host key",
    "authentication": "login",
    "prompt": "platform",
    "rejected": "configuration",
    "empty": "configuration",
    "truncated": "configuration",
    "too_large": "configuration",
}
"""Where it failed, if the collector's log does not say."""

_MAX_LINE, _MAX_TEXT = 160, 2000
_MAX_DETAILS, _MAX_FACTS = 20, 20


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `seconds` is None where the collector's log does not tell."""

    name: str
    ok: bool
    seconds: float | None = None
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """How a probe ended. `reason` and `message` are None exactly when it was good.

    `host_key` is the line by which known_hosts would pin what the device showed, where that is not pinned.
    `hint` says which platform the device looks like, where that is not the inventory's. `size` is in bytes;
    `head` are the configuration's first lines, without volatile ones, every secret in them hidden.
    """

    device: str
    platform: str
    queue: str
    reason: str | None = None
    message: str | None = None
    worker: str | None = None
    steps: tuple[Step, ...] = ()
    host_key: str | None = None
    hint: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    size: int | None = None
    lines: int | None = None
    secrets_hidden: int | None = None
    head: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether a backup would succeed."""
        return self.reason is None

    def to_json(self) -> dict[str, Any]:
        """The dict that travels back, and that scripts read."""
        return {"ok": self.ok, **asdict(self)}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any], asked: Report) -> Report:
        """Read an answer to `asked`, whose names stay; MessageError if it is none."""
        try:
            return cls(
                device=asked.device,
                platform=asked.platform,
                queue=asked.queue,
                reason=_optional(raw["reason"]),
                message=_optional(raw["message"]),
                worker=_optional(raw["worker"]),
                steps=tuple(_step(step) for step in raw["steps"][: len(STEPS)]),
                host_key=_optional(raw["host_key"]),
                hint=_optional(raw["hint"]),
                facts={_shown(name): _shown(text) for name, text in _few(raw["facts"])},
                size=_number(raw["size"]),
                lines=_number(raw["lines"]),
                secrets_hidden=_number(raw["secrets_hidden"]),
                head=tuple(_shown(line, _MAX_LINE) for line in raw["head"][:HEAD_LINES]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise MessageError(f"{asked.device}: the worker's answer is no report of a probe") from error


def report_of(
    job: Job,
    result: CollectorResult,
    queue: str,
    started_at: str,
    worker: str,
    mask: Callable[[str], str] = lambda text: text,
) -> Report:
    """The report of a session that was asked to hide secrets. `mask` takes out the credential's values."""
    device = job.device
    server = result.facts.get("ssh_server", "")
    likely = contradiction(server, registry.resolve(device.platform) or device.platform)
    text = result.device_config or ""
    good = result.status == "success"
    shown = registry.has_rules(device.platform)
    key = result.facts.get("host_key")
    return Report(
        device=device.name,
        platform=device.platform,
        queue=queue,
        reason=None if good else _shown(result.reason or "unspecified"),
        message=None if good else _said(result),
        worker=worker,
        steps=_steps(result, started_at),
        host_key=f"{place(device.address, device.port or 22)} {_shown(key)}" if key and not good else None,
        hint=f"the SSH server calls itself {server}: that looks like {likely}" if likely else None,
        facts={_shown(n): _shown(t) for n, t in _few(result.facts) if n != "host_key"},
        size=len(text.encode()) if good else None,
        lines=text.count("\n") if good else None,
        secrets_hidden=text.count(HIDDEN) if good and shown else None,
        # A third party's collector decides for itself what is secret: we cannot vouch for its lines.
        head=tuple(_shown(mask(line), _MAX_LINE) for line in text.split("\n")[:HEAD_LINES] if line)
        if good and shown
        else (),
    )


def _steps(result: CollectorResult, started_at: str) -> tuple[Step, ...]:
    """The steps that the log tells of, in their order; a failed one is the last."""
    details: dict[str, list[str]] = {}
    seconds: dict[str, float] = {}
    last, failed_at = _moment(started_at), None
    for entry in result.log:
        step = _OF_SOURCE.get(entry.source)
        now = _moment(entry.timestamp)
        if entry.severity == "error":
            failed_at = step
        if step is not None:
            details.setdefault(step, []).append(_told(entry.message, result.reason))
            if now is not None and last is not None:
                seconds[step] = seconds.get(step, 0.0) + max((now - last).total_seconds(), 0.0)
        last = now or last
    if result.status == "success":
        done = [step for step in STEPS if step in details or step in ("platform", "configuration")]
        return tuple(_made(step, True, details, seconds) for step in done)
    of_reason = _OF_REASON.get(result.reason or "")
    # What a device answers to a command fails there, whatever was under way.
    failed_at = of_reason if of_reason == "configuration" or failed_at is None else failed_at
    done = [step for step in STEPS[: STEPS.index(failed_at)] if step in details] if failed_at else []
    steps = [_made(step, True, details, seconds) for step in done]
    return (*steps, *([_made(failed_at, False, details, seconds)] if failed_at else []))


def _made(step: str, ok: bool, details: Mapping[str, list[str]], seconds: Mapping[str, float]) -> Step:
    taken = seconds.get(step)
    return Step(
        step, ok, None if taken is None else round(taken, 3), tuple(details.get(step, ())[:_MAX_DETAILS])
    )


def _said(result: CollectorResult) -> str:
    """The last error of the log."""
    errors = [entry.message for entry in result.log if entry.severity == "error"]
    return _told(errors[-1], result.reason) if errors else "the collector did not say why"


def _told(message: str, reason: str | None) -> str:
    """A log's message without the reason in front and the time behind it."""
    return _shown(untimed(message).removeprefix(f"{reason}: "))


def _moment(text: str) -> datetime | None:
    try:
        return from_iso(text)
    except ValueError:
        return None  # a third party's entry


def _shown(text: object, longest: int = _MAX_TEXT) -> str:
    """One line without control characters, for terminals and comments."""
    if not isinstance(text, str):
        raise TypeError(text)
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(char if char.isprintable() else "?" for char in short)


def _few(facts: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return list(islice(facts.items(), _MAX_FACTS))


def _optional(text: object) -> str | None:
    return None if text is None else _shown(text)


def _number(value: object) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise TypeError(value)
    return value


def _step(raw: Mapping[str, Any]) -> Step:
    details: Iterable[object] = raw["details"][:_MAX_DETAILS]
    seconds = raw["seconds"]
    if raw["name"] not in STEPS or not isfinite(seconds or 0):
        raise ValueError(raw["name"])
    return Step(
        raw["name"],
        raw["ok"] is True,
        None if seconds is None else float(seconds),
        tuple(_shown(detail) for detail in details),
    )
