"""Task identifiers: one text names each task. Only this module makes such a text and reads it. Pure.

    <schedule>:<device>:<slot>   a backup that a schedule asks for; the same slot is the same backup
    manual:<device>:<time>       a backup that a person asks for; each moment is a backup of its own
    accept:<device>:<time>       a quarantined configuration that a person accepts
    probe:<device>:<time>        a probe, which keeps nothing
    hostkeys:<device>:<time>     a scan of host keys

Slots and times are in UTC. No name of a schedule or device holds a colon.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pipeline.values.times import iso

Kind = Literal["backup", "probe", "scan"]
"""What a task does at its device."""

RESERVED_NAMES = frozenset({"manual", "event", "accept", "probe", "hostkeys"})
"""First words of task identifiers that name no schedule. `event` is kept for triggers."""

_QUESTIONS: Mapping[str, Kind] = {"probe": "probe", "hostkeys": "scan"}


def slot_identifier(schedule: str, device: str, slot: datetime) -> str:
    """`<schedule>:<device>:<slot>` of a backup that a schedule asks for."""
    return f"{schedule}:{device}:{iso(slot)}"


def manual_identifier(device: str, now: datetime) -> str:
    """`manual:<device>:<time>` of a backup on demand."""
    return f"manual:{device}:{iso(now)}"


def accept_identifier(device: str, now: datetime) -> str:
    """`accept:<device>:<time>` of a configuration that a person releases from quarantine."""
    return f"accept:{device}:{iso(now)}"


def probe_identifier(device: str, now: datetime) -> str:
    """`probe:<device>:<time>` of a probe."""
    return f"probe:{device}:{iso(now)}"


def scan_identifier(device: str, now: datetime) -> str:
    """`hostkeys:<device>:<time>` of a scan or a check of host keys."""
    return f"hostkeys:{device}:{iso(now)}"


def kind_of(task_identifier: str) -> Kind:
    """What the task of that name does at its device."""
    word, _, _ = task_identifier.partition(":")
    return _QUESTIONS.get(word, "backup")
