"""Why a task at a device has no result."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """`reason` is the stable word of tables, metrics and reports; `message` is one line for a person."""

    reason: str
    message: str
