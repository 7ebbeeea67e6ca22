"""Compares two states of a device, group, schedule, credential or jump host, setting by setting.

The table of settings says which fields are compared, how they are called and how their values are written.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from pipeline.inventory import settings_table
from pipeline.inventory.setting import Scope, Setting
from pipeline.plan.values import Assignment, Difference
from pipeline.values.device import Credential, Device, Hop


class Comparison:
    """Compares two states of one thing.

    `columns` are the settings that are compared, each with the function that writes its value as text, or
    None if `_text` can. `read` returns the values of a state in the same order.
    """

    def __init__(
        self,
        columns: Sequence[tuple[str, Callable[[Any], str] | None]],
        read: Callable[[Any], Sequence[object]],
    ) -> None:
        self._columns, self._read = columns, read

    def differences(self, before: object, after: object) -> Iterator[Difference]:
        """The settings that differ as text. A credential and a jump host are written as their names."""
        values = zip(self._columns, self._read(before), self._read(after), strict=True)
        for (name, text), old, new in values:
            if old != new and (old_text := _text(old, text)) != (new_text := _text(new, text)):
                yield Difference(name, old_text, new_text)


class Comparisons:
    """A comparison for each kind of thing, made from the table of settings.

    Of a device, name, host keys and assignment are not compared here: they are parts of the plan of their
    own. `assignment` are the names of the settings that an assignment consists of.
    """

    def __init__(self) -> None:
        table = settings_table.TABLE
        layered = table.within(Scope.LAYERS)
        of_group = table.within(Scope.GROUP)
        self.devices = _by_fields(row for row in layered if row.sets not in Assignment._fields)
        self.groups = Comparison(
            _columns(of_group), lambda group: [group.settings.get(row.name) for row in of_group]
        )
        self.schedules = _by_fields(table.within(Scope.SCHEDULE))
        self.credentials = _by_fields(table.within(Scope.CREDENTIAL))
        self.jump_hosts = _by_fields(table.within(Scope.JUMP_HOST), {"host_keys": _fingerprints})
        self.assignment = frozenset(row.name for row in layered if row.sets in Assignment._fields)


def assignment(device: Device) -> Assignment:
    """The group and queue that collect the device, and the configs repo that its configuration goes to."""
    return Assignment(device.group, device.queue_id, device.repo)


def fingerprint(key: str) -> str:
    """A host key as `ssh-keygen -l` shows it: `ssh-ed25519 SHA256:…`. A certificate's pin is one already."""
    kind, _, blob = key.partition(" ")
    if kind == "https-sha256":
        return key
    digest = hashlib.sha256(base64.b64decode(blob)).digest()
    return f"{kind} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def _fingerprints(keys: Iterable[str]) -> str:
    return ", ".join(map(fingerprint, keys))


def _by_fields(
    rows: Iterable[Setting], further: Mapping[str, Callable[[Any], str]] | None = None
) -> Comparison:
    """A comparison of the fields that these settings set, and of `further` fields that no setting sets."""
    rows = tuple(rows)
    further = further or {}
    return Comparison([*_columns(rows), *further.items()], attrgetter(*(row.sets for row in rows), *further))


def _columns(rows: Iterable[Setting]) -> list[tuple[str, Callable[[Any], str] | None]]:
    return [(row.name, row.takes.text) for row in rows]


def _text(value: object, text: Callable[[Any], str] | None) -> str | None:
    if value is None or value == ():
        return None
    if text is not None:
        return text(value)
    if isinstance(value, tuple):
        return ", ".join(item.name if isinstance(item, Hop) else str(item) for item in value)
    if isinstance(value, Credential):
        return value.name
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
