"""Compares two inventories. Pure; the time grows with the number of devices, and not faster."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from pipeline.inventory import Inventory
from pipeline.inventory.roster import lacks_host_key
from pipeline.plan.exposures import new_exposures, risks
from pipeline.plan.kinds import Kinds, count, kinds
from pipeline.plan.load import load_changes
from pipeline.plan.pairs import Pair, pairs
from pipeline.plan.secrets import needed_references
from pipeline.plan.settings import Comparisons, assignment, fingerprint
from pipeline.plan.values import (
    Assignment,
    Change,
    ConfigFile,
    ConfigMove,
    Definition,
    Difference,
    KeyChange,
    Move,
    Plan,
    Rename,
)
from pipeline.values.device import Credential, Device, Hop
from pipeline.values.schedule import next_slot

_T = TypeVar("_T")


def compare(base: Inventory, head: Inventory, now: datetime, provided: Collection[str] | None = None) -> Plan:
    """The plan of what changes from `base` to `head`. Next runs and load are as seen from `now` (aware).

    `provided` are the references that the workers have; None if that is not known.
    """
    kept, added, removed = pairs(base.devices, head.devices)
    before, after = kinds(base.devices), kinds(head.devices)
    differing = [(old, new) for old, new in kept if old != new]
    comparisons = Comparisons()
    common = _CommonChanges(comparisons, _changed_groups(base, head, comparisons))
    for old, new in differing:
        common.add(old, new)
    exposures = new_exposures(base, added, differing)
    touched = [*added, *(new for _, new in differing)]
    return Plan(
        base=base.commit,
        head=head.commit,
        devices_before=len(base.devices),
        devices_after=len(head.devices),
        added=tuple(added),
        removed=tuple(removed),
        renamed=tuple(Rename(new.id, old.name, new.name) for old, new in differing if old.name != new.name),
        moved=common.moves(),
        changes=common.changes(),
        definitions=(
            *_schedules(base, head, before, after, now, comparisons),
            *_groups(base, head, before, after, common),
            *_credentials(before, after, comparisons),
            *_jump_hosts(before, after, comparisons),
        ),
        host_keys=tuple(_host_keys(differing)),
        without_host_key=tuple(sorted(device.name for device in touched if lacks_host_key(device))),
        without_schedule=tuple(sorted(device.name for device in touched if device.schedule is None)),
        references=needed_references(before, after, provided),
        leaving=_leaving(removed, head.devices),
        config_moves=tuple(_config_moves(differing)),
        exposures=tuple(exposures),
        risks=tuple(risks(base, head, added, differing, exposures)),
        load=load_changes((before, base.schedules), (after, head.schedules), now),
    )


def _changed_groups(
    base: Inventory, head: Inventory, comparisons: Comparisons
) -> Mapping[str, Mapping[str, Difference]]:
    """The settings that groups change, by group and by the setting's name."""
    return {
        name: {difference.name: difference for difference in comparisons.groups.differences(old, new)}
        for name, old, new in _both(base.groups, head.groups)
        if old != new
    }


@dataclass(slots=True)
class _CommonChanges:
    """The changes of devices. A change that several devices have in common is one change.

    `groups` are the settings that groups change. `explained` are those of them, as group and name, that are
    the cause of a change of some device.
    """

    comparisons: Comparisons
    groups: Mapping[str, Mapping[str, Difference]]
    explained: set[tuple[str, str]] = field(default_factory=set)
    _changes: dict[tuple[Difference, str | None], list[str]] = field(default_factory=dict)
    _moves: dict[tuple[Assignment, Assignment], list[str]] = field(default_factory=dict)

    def add(self, old: Device, new: Device) -> None:
        group = new.group if new.group == old.group else None
        own = self.groups.get(group, {}) if group is not None else {}
        for difference in self.comparisons.devices.differences(old, new):
            cause = group if difference.name in own else None
            if group is not None and cause is not None:
                self.explained.add((group, difference.name))
            self._changes.setdefault((difference, cause), []).append(new.name)
        before, after = assignment(old), assignment(new)
        if before != after:
            self._moves.setdefault((before, after), []).append(new.name)
            if group is not None:
                self.explained.update((group, name) for name in self.comparisons.assignment)

    def changes(self) -> tuple[Change, ...]:
        """The changes, sorted by setting, values and group."""
        found = [
            Change(difference, tuple(names), cause) for (difference, cause), names in self._changes.items()
        ]
        return tuple(sorted(found, key=lambda change: (*map(_text, change.setting), _text(change.group))))

    def moves(self) -> tuple[Move, ...]:
        """The moves, sorted by the assignments before and after."""
        found = [Move(before, after, tuple(names)) for (before, after), names in self._moves.items()]
        return tuple(sorted(found, key=lambda move: tuple(map(_text, (*move.before, *move.after)))))


def _host_keys(pairs: Iterable[Pair]) -> Iterator[KeyChange]:
    for old, new in pairs:
        if old.host_keys != new.host_keys:
            yield KeyChange(
                new.name,
                tuple(map(fingerprint, old.host_keys)),
                tuple(map(fingerprint, new.host_keys)),
            )


def _config(device: Device) -> ConfigFile:
    return ConfigFile(device.repo, device.path)


def _leaving(removed: Sequence[Device], head: Iterable[Device]) -> tuple[ConfigFile, ...]:
    """The files of the removed devices, without a file that another device takes over."""
    if not removed:
        return ()
    taken = set(map(_config, head))
    return tuple(sorted({_config(device) for device in removed} - taken))


def _config_moves(pairs: Iterable[Pair]) -> Iterator[ConfigMove]:
    for old, new in pairs:
        if _config(old) != _config(new):
            yield ConfigMove(new.name, _config(old), _config(new))


def _schedules(
    base: Inventory, head: Inventory, before: Kinds, after: Kinds, now: datetime, comparisons: Comparisons
) -> Iterator[Definition]:
    users, former = count(after, "schedule"), count(before, "schedule")
    for name in sorted(base.schedules.keys() | head.schedules.keys()):
        old, new = base.schedules.get(name), head.schedules.get(name)
        if old == new:
            continue
        yield Definition(
            "schedule",
            name,
            "added" if old is None else "removed" if new is None else "changed",
            tuple(comparisons.schedules.differences(old, new)) if old and new else (),
            users[name] if new else former[name],
            next_slot(old, now) if old else None,
            next_slot(new, now) if new else None,
        )


def _groups(
    base: Inventory, head: Inventory, before: Kinds, after: Kinds, common: _CommonChanges
) -> Iterator[Definition]:
    """Groups that are added or removed, and changed settings of groups that no device shows."""
    members, former = count(after, "group"), count(before, "group")
    for name in sorted(base.groups.keys() | head.groups.keys()):
        if name not in base.groups:
            yield Definition("group", name, "added", (), members[name])
        elif name not in head.groups:
            yield Definition("group", name, "removed", (), former[name])
        else:
            changed = common.groups.get(name, {}).values()
            idle = tuple(each for each in changed if (name, each.name) not in common.explained)
            if idle:
                yield Definition("group", name, "changed", idle, 0)


def _credentials(before: Kinds, after: Kinds, comparisons: Comparisons) -> Iterator[Definition]:
    for name, (old, _), (new, users) in _both(_used_credentials(before), _used_credentials(after)):
        if old != new:
            changed = tuple(comparisons.credentials.differences(old, new))
            yield Definition("credential", name, "changed", changed, users)


def _jump_hosts(before: Kinds, after: Kinds, comparisons: Comparisons) -> Iterator[Definition]:
    for name, (old, _), (new, users) in _both(_used_hops(before), _used_hops(after)):
        if changed := tuple(comparisons.jump_hosts.differences(old, new)):
            yield Definition("jump host", name, "changed", changed, users)


def _used_credentials(devices: Kinds) -> Mapping[str, tuple[Credential, int]]:
    """The credentials in use, each with how many devices use it, themselves or through a jump host."""
    used: dict[str, tuple[Credential, int]] = {}
    for device, number in devices:
        own = {device.credential.name: device.credential}
        if device.jump:
            own |= {hop.credential.name: hop.credential for hop in device.jump}
        for name, credential in own.items():
            used[name] = credential, used.get(name, (credential, 0))[1] + number
    return used


def _used_hops(devices: Kinds) -> Mapping[str, tuple[Hop, int]]:
    used: dict[str, tuple[Hop, int]] = {}
    for device, number in devices:
        for hop in device.jump:
            used[hop.name] = hop, used.get(hop.name, (hop, 0))[1] + number
    return used


def _both(old: Mapping[str, _T], new: Mapping[str, _T]) -> Iterator[tuple[str, _T, _T]]:
    """The values of each name that both mappings have, sorted by name."""
    return ((name, old[name], new[name]) for name in sorted(old.keys() & new.keys()))


def _text(value: str | None) -> str:
    return value or ""
