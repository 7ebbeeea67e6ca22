"""The text of a commit: a subject for a Git host's list, and trailers that say where it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dulwich.trailers import parse_trailers

TASK_IDENTIFIER = "Task-Identifier"
"""Marks a backup's commit: after a crash it is found by this."""

ROSTER = "Inventory-Version"
"""Marks the commit that follows a change of the inventory, by the number that the table gave it."""


def message(subject: str, lines: Sequence[str], trailers: Mapping[str, str | None]) -> str:
    """A commit's message; trailers without a value are left out."""
    last = [f"{key}: {_one_line(value)}" for key, value in trailers.items() if value]
    return "\n".join([subject, "", *lines, *([""] if lines else []), *last, ""])


def read_trailers(message: bytes) -> dict[str, str]:
    """The trailers of a commit message, the last of each key."""
    return {trailer.key: trailer.value for trailer in parse_trailers(message)[1]}


def _one_line(value: str) -> str:
    """A trailer's value: printable, on one line, so that no value can forge another trailer."""
    if not value.isprintable():
        value = "".join(char if char.isprintable() else " " for char in value)
    return value.strip()[:200]
