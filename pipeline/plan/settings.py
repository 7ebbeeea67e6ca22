"""Settings as text, under the names that the inventory has for them: to compare, to collapse and to show."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import fields

from pipeline.inventory import Group
from pipeline.plan.values import Place, Setting
from pipeline.values.device import Credential, Device, Hop
from pipeline.values.options import Options
from pipeline.values.schedule import Schedule

_KEYS = {"timeout_s": "timeout", "repo": "configs_repo", "recipients": "sealed"}
"""Fields that the inventory calls otherwise."""

# The name shows as a rename, host keys and places have tables of their own.
_ELSEWHERE = ("name", "host_keys", "options", *Place._fields)
_DEVICE = tuple(f.name for f in fields(Device) if f.name not in _ELSEWHERE)
_OPTIONS = tuple(f.name for f in fields(Options))
_GROUP = tuple(f.name for f in fields(Group) if f.name != "name")
_SCHEDULE = tuple(f.name for f in fields(Schedule) if f.name != "name")
_CREDENTIAL = tuple(f.name for f in fields(Credential) if f.name != "name")
_HOP = tuple(f.name for f in fields(Hop) if f.name != "name")


def place_of(device: Device) -> Place:
    """Who collects the device and where its configurations go."""
    return Place(device.group, device.queue_id, device.repo)


def device_changes(before: Device, after: Device) -> Iterator[Setting]:
    """What differs between two states of a device, without name, place and host keys.

    A credential or jump host is compared by its name: what is behind the name is a definition's change.
    """
    yield from _differences(_DEVICE, before, after)
    if before.options != after.options:
        yield from _differences(_OPTIONS, before.options, after.options)


def group_changes(before: Group, after: Group) -> Iterator[Setting]:
    """What differs between a group's own settings."""
    return _differences(_GROUP, before, after)


def schedule_changes(before: Schedule, after: Schedule) -> Iterator[Setting]:
    """What differs between two schedules of one name."""
    return _differences(_SCHEDULE, before, after)


def credential_changes(before: Credential, after: Credential) -> Iterator[Setting]:
    """What differs between two credentials of one name: references, and a user name."""
    return _differences(_CREDENTIAL, before, after)


def hop_changes(before: Hop, after: Hop) -> Iterator[Setting]:
    """What differs between two jump hosts of one name."""
    return _differences(_HOP, before, after)


def key_of(field: str) -> str:
    """What the inventory calls a field."""
    return _KEYS.get(field, field)


def fingerprint(key: str) -> str:
    """`ssh-ed25519 SHA256:…` as `ssh-keygen -l` has it; a certificate's pin is a fingerprint already."""
    kind, _, blob = key.partition(" ")
    if kind == "https-sha256":
        return key
    digest = hashlib.sha256(base64.b64decode(blob)).digest()
    return f"{kind} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def _differences(names: tuple[str, ...], before: object, after: object) -> Iterator[Setting]:
    for name in names:
        old, new = getattr(before, name), getattr(after, name)
        if old != new and (old_text := _text(name, old)) != (new_text := _text(name, new)):
            yield Setting(key_of(name), old_text, new_text)


def _text(field: str, value: object) -> str | None:
    if value is None or value == ():
        return None
    if field == "host_keys" and isinstance(value, tuple):
        return ", ".join(map(fingerprint, value))
    if isinstance(value, tuple):
        return ", ".join(item.name if isinstance(item, Hop) else str(item) for item in value)
    if isinstance(value, Credential):
        return value.name
    if isinstance(value, bool):
        return "true" if value else "false"
    if field == "max_shrink":
        return f"{value:.0%}"
    if field == "timeout_s":
        return f"{value:g} s"
    return str(value)
