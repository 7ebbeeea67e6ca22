"""A probe's report: made in the worker, read by the one who asked.

It holds a few lines of the configuration, with secrets hidden, and none of the credential's values. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice
from math import isfinite
from typing import Any

from pipeline.errors import MessageError
from pipeline.text.words import printable
from pipeline.transit.broker import queue_name
from pipeline.values.job import Job

STEPS = ("reached", "host key", "login", "platform", "configuration")
HEAD_LINES = 10

MAX_DETAILS = 20  # of a step

_MAX_LINE, _MAX_TEXT = 160, 2000
_MAX_FACTS = 20


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `seconds` is None if the collector's log does not say how long it took."""

    name: str
    ok: bool
    seconds: float | None = None
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """How a probe ended. `reason` and `message` are None exactly if it was good.

    `host_key` is the line by which known_hosts would pin the key that the device showed; None if that key is
    pinned. `hint` names the platform that the device looks like; None if that is the inventory's. `size` is
    in bytes. `head` are the configuration's first lines, without volatile ones, with every secret hidden.
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

    @classmethod
    def blank(cls, job: Job) -> Report:
        """A report with the names of the job's device, platform and queue, and nothing else."""
        return cls(job.device.name, job.device.platform, queue_name(job.device.queue_id))

    def to_json(self) -> dict[str, Any]:
        """The dict that travels back, and that scripts read."""
        return {"ok": self.ok, **asdict(self)}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any], blank: Report) -> Report:
        """Read an answer. Its names are those of the `blank` report; MessageError if it is not a report."""
        try:
            return cls(
                device=blank.device,
                platform=blank.platform,
                queue=blank.queue,
                reason=_optional(raw["reason"]),
                message=_optional(raw["message"]),
                worker=_optional(raw["worker"]),
                steps=tuple(_step(step) for step in raw["steps"][: len(STEPS)]),
                host_key=_optional(raw["host_key"]),
                hint=_optional(raw["hint"]),
                facts=facts_of(raw["facts"]),
                size=_number(raw["size"]),
                lines=_number(raw["lines"]),
                secrets_hidden=_number(raw["secrets_hidden"]),
                head=head_of(raw["head"][:HEAD_LINES]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise MessageError(f"{blank.device}: the worker's answer is no report of a probe") from error


def one_line(text: object, longest: int = _MAX_TEXT) -> str:
    """One line without control characters, for terminals and comments. Raises TypeError if it is no text."""
    if not isinstance(text, str):
        raise TypeError(text)
    return printable(text if len(text) <= longest else text[: longest - 1] + "…", "?")


def head_of(lines: Iterable[object]) -> tuple[str, ...]:
    """The first lines as a report shows them."""
    return tuple(one_line(line, _MAX_LINE) for line in islice(lines, HEAD_LINES))


def facts_of(facts: Mapping[str, Any]) -> dict[str, str]:
    """The first facts as a report shows them."""
    return {one_line(name): one_line(text) for name, text in islice(facts.items(), _MAX_FACTS)}


def _optional(text: object) -> str | None:
    return None if text is None else one_line(text)


def _number(value: object) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise TypeError(value)
    return value


def _step(raw: Mapping[str, Any]) -> Step:
    details: Iterable[object] = raw["details"][:MAX_DETAILS]
    seconds = raw["seconds"]
    if raw["name"] not in STEPS or not isfinite(seconds or 0):
        raise ValueError(raw["name"])
    return Step(
        raw["name"],
        raw["ok"] is True,
        None if seconds is None else float(seconds),
        tuple(one_line(detail) for detail in details),
    )
