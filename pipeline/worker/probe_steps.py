"""How far a session came: a collector's log becomes the steps of a probe's report. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from collectors.contract import CollectorResult
from collectors.journal import untimed
from pipeline.values.times import from_iso
from pipeline.worker.probe_report import MAX_DETAILS, STEPS, Step, one_line

_STEP_OF_SOURCE = {
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

_STEP_OF_REASON = {
    "unreachable": "reached",
    "forbidden": "reached",
    "incompatible": "host key",
    "host_key": "host key",
    "authentication": "login",
    "prompt": "platform",
    "rejected": "configuration",
    "authorization": "configuration",
    "empty": "configuration",
    "truncated": "configuration",
    "too_large": "configuration",
}
"""A failure's reason → the step that failed, if the collector's log does not say."""


def steps_of(result: CollectorResult, started_at: str) -> tuple[Step, ...]:
    """The steps that the log names, in their order; a step that failed is the last.

    `started_at` (ISO 8601) is when the session began.
    """
    details: dict[str, list[str]] = {}
    seconds: dict[str, float] = {}
    last, error_at = _moment(started_at), None
    for entry in result.log:
        step = _STEP_OF_SOURCE.get(entry.source)
        now = _moment(entry.timestamp)
        if entry.severity == "error":
            error_at = step
        if step is not None:
            details.setdefault(step, []).append(_without_frame(entry.message, result.reason))
            if now is not None and last is not None:
                seconds[step] = seconds.get(step, 0.0) + max((now - last).total_seconds(), 0.0)
        last = now or last
    if result.status == "success":
        done = [step for step in STEPS if step in details or step in ("platform", "configuration")]
        return tuple(_step(step, True, details, seconds) for step in done)
    failed_at = _failed_step(error_at, result.reason)
    if failed_at is None:
        return ()
    done = [step for step in STEPS[: STEPS.index(failed_at)] if step in details]
    steps = [_step(step, True, details, seconds) for step in done]
    return (*steps, _step(failed_at, False, details, seconds))


def last_error(result: CollectorResult) -> str:
    """The message of the log's last error."""
    errors = [entry.message for entry in result.log if entry.severity == "error"]
    return _without_frame(errors[-1], result.reason) if errors else "the collector did not say why"


def _failed_step(error_at: str | None, reason: str | None) -> str | None:
    """The step that failed, by the source of the log's last error and by the reason; None if neither says."""
    of_reason = _STEP_OF_REASON.get(reason or "")
    # A device's answer to a command is about the configuration, whatever was under way.
    return of_reason if of_reason == "configuration" or error_at is None else error_at


def _step(step: str, ok: bool, details: Mapping[str, list[str]], seconds: Mapping[str, float]) -> Step:
    duration_s = seconds.get(step)
    return Step(
        step,
        ok,
        None if duration_s is None else round(duration_s, 3),
        tuple(details.get(step, ())[:MAX_DETAILS]),
    )


def _without_frame(message: str, reason: str | None) -> str:
    """A log's message without the reason before it and the time behind it."""
    return one_line(untimed(message).removeprefix(f"{reason}: "))


def _moment(text: str) -> datetime | None:
    try:
        return from_iso(text)
    except ValueError:
        return None  # a third party's entry
