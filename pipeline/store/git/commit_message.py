"""The text of a commit: a subject for a Git host's list, and trailers that say where it came from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from dulwich.trailers import parse_trailers

from pipeline.store.git.changes import Change
from pipeline.store.git.diffstat import count_changes
from pipeline.values.job import MAX_KEY

TASK_IDENTIFIER = "Task-Identifier"
"""Marks the commit of a backup: after a crash the consumer finds the commit by this trailer."""

ROSTER = "Inventory-Version"
"""Marks the commit that follows a change of the inventory, by the number that the table gave the version."""

COLLECTED_AT = "Collected-At"
"""When the device gave its configuration."""


def change_summary(change: Change, new: Collection[str], before: str | None) -> str:
    """What a change brings, in a few words: lines such as `+3 −1`, or the names of artefacts.

    `new` are the paths that the commit changes, and `before` is the configuration that the branch holds.
    """
    if change.path in new:
        return str(count_changes(before, change.text))
    return ", ".join(sorted(path.rpartition("/")[2] for path in new))


def backup_subject(device: str, summary: str, *, quarantined: bool = False) -> str:
    """The subject of a backup's commit: `core-sw1: +3 −1`."""
    return f"{device}: {'quarantined, ' if quarantined else ''}{summary}"


def message(subject: str, lines: Sequence[str], trailers: Mapping[str, str | None]) -> str:
    """A commit's message; trailers without a value are left out."""
    block = [f"{key}: {_one_line(value)}" for key, value in trailers.items() if value]
    return "\n".join([subject, "", *lines, *([""] if lines else []), *block, ""])


def read_trailers(message: bytes) -> dict[str, str]:
    """The trailers of a commit message. If a key occurs twice, its last value counts."""
    return {trailer.key: trailer.value for trailer in parse_trailers(message)[1]}


def _one_line(value: str) -> str:
    """A trailer's value: printable and on one line, so that no value can forge another trailer."""
    if not value.isprintable():
        value = "".join(char if char.isprintable() else " " for char in value)
    return value.strip()[:MAX_KEY]
