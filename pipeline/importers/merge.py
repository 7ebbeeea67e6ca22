"""Three versions become one: what was imported last, what lies in the inventory now, what the source says.

The import owns the settings OWNED of the devices that it added, and of them only what nobody changed:
a setting follows the source as long as it is still what the last import wrote. What a person changed,
removed or renamed stays, and is told. Everything else in the inventory is not touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from pipeline.importers import env_file, logins
from pipeline.importers.candidates import Settled, Sorted
from pipeline.importers.last_import import State, Taken
from pipeline.importers.names import Names, acceptable, acceptable_group
from pipeline.importers.source_device import Notes
from pipeline.importers.target import Present
from pipeline.inventory.known_hosts import DEFAULT_PORT
from pipeline.inventory.values import canonical_address
from pipeline.values.names import UNGROUPED

OWNED = ("address", "port", "platform", "group", "transport", "credential")
Change = Literal["new", "changed", "same"]


@dataclass(frozen=True, slots=True)
class Imported:
    """One device as the report shows it."""

    name: str
    where: str
    change: Change
    settings: Mapping[str, str]


@dataclass(slots=True)
class Merged:
    """What comes of it: the inventory's new state is in the Present that was merged into."""

    devices: list[Imported] = field(default_factory=list)
    state: State = field(default_factory=State)
    variables: dict[str, str | None] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class Merge:
    """One import into one inventory. `kind` begins the credentials' names."""

    kind: str
    present: Present
    last: State
    environment: Mapping[str, str] = field(repr=False)
    prune: bool
    notes: Notes
    _merged: Merged = field(default_factory=Merged)
    _groups: dict[str, str] = field(default_factory=dict)
    _taken: dict[str, Taken] = field(default_factory=dict)
    _endpoints: dict[tuple[str, int], str] = field(default_factory=dict)

    def run(self, found: Sorted) -> Merged:
        """Merge what was found into the inventory that is there."""
        self._follow(found)
        renamed = self._renamed(found.devices)
        entries = logins.named(
            self.kind,
            [(one.login, self._base(one.key).get("credential")) for one in found.devices],
            {**self.present.credentials(), **self.last.credentials},
            self.environment,
        )
        wanted = [(one, self._settings(one, entries[one.login].name)) for one in found.devices]
        self._gone(found.wanted)
        known = [(one, settings) for one, settings in wanted if one.key in self.last.devices]
        for one, settings in known:
            self._known(one, settings, renamed.get(one.key, self.last.devices[one.key].name))
        new = [(one, settings) for one, settings in wanted if one.key not in self.last.devices]
        names = self._names(one for one, _ in new)
        for one, settings in new:
            self._new(one, settings, names[one.key])
        self._refer(list(entries.values()))
        return self._merged

    def _follow(self, found: Sorted) -> None:
        """A device that has another key in the source now, and its old name, is still the same device."""
        gone = {taken.name: key for key, taken in self.last.devices.items() if key not in found.wanted}
        devices = dict(self.last.devices)
        for one in found.devices:
            if one.key not in devices and (key := gone.pop(acceptable(one.name), None)) is not None:
                devices[one.key] = devices.pop(key)
        self.last = replace(self.last, devices=devices)

    def _base(self, key: str) -> Mapping[str, str]:
        taken = self.last.devices.get(key)
        return taken.settings if taken else {}

    def _settings(self, one: Settled, credential: str) -> dict[str, str]:
        values = {
            "address": one.address,
            "port": str(one.port) if one.port else None,
            "platform": one.platform,
            "group": self._group(one),
            "transport": one.transport,
            "credential": credential,
        }
        return {name: value for name, value in values.items() if value is not None}

    def _group(self, one: Settled) -> str | None:
        if one.group is None or one.group == UNGROUPED:
            return None
        if one.group not in self._groups:
            name = self.last.groups.get(one.group)
            if name is None:
                others = {*self._groups.values(), *self.last.groups.values()}
                name = Names(others).take(acceptable_group(one.group))
                if name != one.group:
                    self.notes.add(
                        "guessed", one.where, "", f"the group {one.group!r} is called '{name}' here"
                    )
            self._groups[one.group] = name
        return self._groups[one.group]

    def _renamed(self, devices: Iterable[Settled]) -> dict[str, str]:
        """Devices that a person renamed: gone under the old name, there at the same address and port.

        A device of ours is never taken for two of the source.
        """
        ours = {taken.name for taken in self.last.devices.values()}
        others = {
            _endpoint(settings): name
            for name, place in self.present.places.items()
            if name not in ours and "address" in (settings := place.document.settings(name))
        }
        claimed: dict[str, list[str]] = {}
        for key in (one.key for one in devices if one.key in self.last.devices):
            taken = self.last.devices[key]
            name = others.get(_endpoint(taken.settings))
            if name is not None and taken.name not in self.present.devices:
                claimed.setdefault(name, []).append(key)
        return {keys[0]: name for name, keys in claimed.items() if len(keys) == 1}

    def _gone(self, wanted: frozenset[str]) -> None:
        """Devices that the source has no more, or wants no more."""
        pruned = set()
        for key, taken in self.last.devices.items():
            if key in wanted:
                self._taken[key] = taken  # unless it is merged below, it stays as it is
            elif (place := self.present.places.get(taken.name)) is None:
                continue
            elif self.prune:
                place.document.remove(taken.name)
                pruned.add(taken.name)
                self.notes.add(
                    "gone", place.file, taken.name, "no longer in the source, or not in service; it goes"
                )
            else:
                self._taken[key] = taken
                hint = "--prune removes it"
                self.notes.add(
                    "gone",
                    place.file,
                    taken.name,
                    "no longer in the source, or not in service; it stays",
                    hint,
                )
        for name in self.present.devices:
            if name not in pruned and (endpoint := self.present.endpoint(name)):
                self._endpoints[endpoint] = name

    def _known(self, one: Settled, settings: dict[str, str], name: str) -> None:
        base = self._base(one.key)
        self._taken[one.key] = Taken(name, settings)
        place = self.present.places.get(name)
        if place is None:
            self.notes.add(
                "kept", one.where, name, "removed from the inventory by hand; it is not added again"
            )
            return
        ours = place.document.settings(name)
        before = {setting: ours[setting] for setting in OWNED if setting in ours}
        final = dict(before)
        for setting in OWNED:
            was, is_now, will = base.get(setting), ours.get(setting), settings.get(setting)
            if is_now == will:
                continue
            if is_now != was:
                by_hand = f"is '{is_now}' by hand" if is_now is not None else "was removed by hand"
                says = f"'{will}'" if will is not None else "nothing of it"
                self.notes.add("kept", place.file, name, f"its {setting} {by_hand}; the source says {says}")
            elif will is None:
                place.document.unset(name, setting)
                del final[setting]
            else:
                place.document.set(name, setting, will)
                final[setting] = will
        if (
            final != before
            and self._endpoints.get(old := self.present.endpoint(name) or one.endpoint) == name
        ):
            del self._endpoints[old]
            self._endpoints.setdefault(one.endpoint, name)
        self._merged.devices.append(
            Imported(name, one.where, "same" if final == before else "changed", final)
        )

    def _names(self, devices: Iterable[Settled]) -> dict[str, str]:
        """Names for new devices: those that need no change first, so that a guess never takes one away."""
        named: dict[str, str] = {}
        given: set[str] = set()
        later: list[Settled] = []
        for one in devices:
            if acceptable(one.name) == one.name and one.name not in given:
                named[one.key] = one.name
                given.add(one.name)
            else:
                later.append(one)
        taken = Names([*self.present.devices, *(one.name for one in self.last.devices.values()), *given])
        for one in later:
            wish = acceptable(one.name)
            # The same name may be there already, for this very device.
            is_it = self.present.endpoint(wish) == one.endpoint and wish not in given
            name = named[one.key] = wish if is_it else taken.take(wish)
            given.add(name)
            self.notes.add("guessed", one.where, one.name, f"it is called '{name}' here")
        return named

    def _new(self, one: Settled, settings: dict[str, str], name: str) -> None:
        if name in self.present.devices:
            place = self.present.places[name]
            ours = place.document.settings(name)
            if {setting: ours[setting] for setting in OWNED if setting in ours} != settings:
                message = f"a device '{name}' is there already ({place.file}), and not from this import"
                self.notes.add(
                    "left out", one.where, one.name, message, "remove one of the two, or rename one"
                )
                return
        elif other := self._endpoints.get(one.endpoint):
            hint = "if it was renamed in the source, rename it here too, with its old name as its 'id'"
            self.notes.add("left out", one.where, one.name, f"device '{other}' has its address", hint)
            return
        else:
            self.present.add_device(name, settings, settings.get("group", UNGROUPED))
            self._endpoints[one.endpoint] = name
        self._taken[one.key] = Taken(name, settings)
        change: Change = "same" if name in self.present.devices else "new"
        self._merged.devices.append(Imported(name, one.where, change, settings))

    def _refer(self, entries: Sequence[logins.Entry]) -> None:
        """Add what the devices refer to, and remember all of it."""
        for group in {one.settings["group"]: None for one in self._merged.devices if "group" in one.settings}:
            self.present.add_group(group)
        used = {one.settings.get("credential") for one in self._merged.devices}
        there = self.present.credentials()
        for entry in entries:
            if entry.name in used:
                self.present.add_credential(entry.name, entry.settings)
                if there.get(entry.name, entry.settings) == entry.settings:
                    self._variables(entry)
        known = {**self.last.credentials, **{entry.name: entry.settings for entry in entries}}
        named = {taken.settings.get("credential") for taken in self._taken.values()}
        self._merged.state = State(
            self._taken,
            {**self.last.groups, **self._groups},
            {name: settings for name, settings in known.items() if name in named},
        )

    def _variables(self, entry: logins.Entry) -> None:
        """What is to be added to credentials.env; what is there is never changed."""
        for name, value in entry.variables.items():
            have = self.environment.get(name)
            if have is None:
                self._merged.variables[name] = value
            if not (value if have is None else have):
                self.notes.add("to do", env_file.NAME, "", f"{name} is to be filled in")
            elif have is not None and value is not None and have != value:
                hint = "remove its line and import again for the source's"
                self.notes.add(
                    "kept", env_file.NAME, "", f"{name} has another value than in the source", hint
                )


def _endpoint(settings: Mapping[str, str]) -> tuple[str, str]:
    """Where a device is reached, by its own settings."""
    return canonical_address(settings.get("address", "")), settings.get("port", str(DEFAULT_PORT))
