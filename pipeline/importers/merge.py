"""Merge three versions: the last import, the inventory as it is now, and what the source says now.

The import owns the settings OWNED of the devices that it added. It follows the source with a setting as long
as the setting is what the last import wrote. What a person changed, removed or renamed stays, and a note says
so. Nothing else in the inventory is touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from pipeline.importers import env_file, logins
from pipeline.importers.candidates import Candidate, Candidates
from pipeline.importers.last_import import DeviceRecord, LastImport
from pipeline.importers.names import NamePool, valid_group_name, valid_name
from pipeline.importers.notes import Notes
from pipeline.importers.target import DeviceLocation, TargetInventory
from pipeline.inventory.known_hosts import DEFAULT_PORT
from pipeline.inventory.values import canonical_address
from pipeline.values.names import UNGROUPED

OWNED = ("address", "port", "platform", "group", "transport", "credential")
ChangeKind = Literal["new", "changed", "same"]


@dataclass(frozen=True, slots=True)
class DeviceChange:
    """One device as the report shows it."""

    name: str
    where: str
    change: ChangeKind
    settings: Mapping[str, str]


@dataclass(slots=True)
class MergeResult:
    """What a merge gives back. The edits themselves are in the TargetInventory.

    state      what the next import has to know
    variables  secrets that credentials.env lacks; None for one that a person has to fill in
    """

    devices: list[DeviceChange] = field(default_factory=list)
    state: LastImport = field(default_factory=LastImport)
    variables: dict[str, str | None] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class Merge:
    """One import into one inventory.

    kind         how the names of new credentials begin
    environment  the secrets that earlier imports wrote
    prune        remove devices that the source has no more
    """

    kind: str
    target: TargetInventory
    last: LastImport
    environment: Mapping[str, str] = field(repr=False)
    prune: bool
    notes: Notes
    _result: MergeResult = field(default_factory=MergeResult)
    _groups: dict[str, str] = field(default_factory=dict)
    _records: dict[str, DeviceRecord] = field(default_factory=dict)
    _endpoints: dict[tuple[str, int], str] = field(default_factory=dict)

    def run(self, candidates: Candidates) -> MergeResult:
        """Edit the target inventory so that it has the candidates."""
        self._follow_keys(candidates)
        renamed = self._find_renamed(candidates.devices)
        entries = logins.entries_for(
            self.kind,
            [
                (candidate.login, self._last_settings(candidate.key).get("credential"))
                for candidate in candidates.devices
            ],
            {**self.target.credentials(), **self.last.credentials},
            self.environment,
        )
        settings = {
            candidate.key: self._settings(candidate, entries[candidate.login].name)
            for candidate in candidates.devices
        }
        self._handle_gone(candidates.wanted)
        known = [candidate for candidate in candidates.devices if candidate.key in self.last.devices]
        for candidate in known:
            name = renamed.get(candidate.key, self.last.devices[candidate.key].name)
            self._update(candidate, settings[candidate.key], name)
        new = [candidate for candidate in candidates.devices if candidate.key not in self.last.devices]
        names = self._new_names(new)
        for candidate in new:
            self._add(candidate, settings[candidate.key], names[candidate.key])
        self._add_references(list(entries.values()))
        return self._result

    def _follow_keys(self, candidates: Candidates) -> None:
        """Recognise a device whose key in the source is another one now, by its name."""
        gone = {record.name: key for key, record in self.last.devices.items() if key not in candidates.wanted}
        devices = dict(self.last.devices)
        for candidate in candidates.devices:
            if candidate.key not in devices:
                old_key = gone.pop(valid_name(candidate.name), None)
                if old_key is not None:
                    devices[candidate.key] = devices.pop(old_key)
        self.last = replace(self.last, devices=devices)

    def _last_settings(self, key: str) -> Mapping[str, str]:
        record = self.last.devices.get(key)
        return record.settings if record else {}

    def _settings(self, candidate: Candidate, credential: str) -> dict[str, str]:
        """The device's settings as the source has them."""
        values = {
            "address": candidate.address,
            "port": str(candidate.port) if candidate.port else None,
            "platform": candidate.platform,
            "group": self._group(candidate),
            "transport": candidate.transport,
            "credential": credential,
        }
        return {name: value for name, value in values.items() if value is not None}

    def _group(self, candidate: Candidate) -> str | None:
        """Our name for the device's group; the same word of the source always has the same name."""
        word = candidate.group
        if word is None or word == UNGROUPED:
            return None
        if word not in self._groups:
            name = self.last.groups.get(word)
            if name is None:
                others = {*self._groups.values(), *self.last.groups.values()}
                name = NamePool(others).take(valid_group_name(word))
                if name != word:
                    message = f"the group {word!r} is called '{name}' here"
                    self.notes.add("guessed", candidate.where, "", message)
            self._groups[word] = name
        return self._groups[word]

    def _find_renamed(self, candidates: Iterable[Candidate]) -> dict[str, str]:
        """The new names of devices that a person renamed, by their keys.

        The old name is gone from the inventory, and another entry has the same address and port. An entry
        that two devices of the source could be is not taken for either.
        """
        ours = {record.name for record in self.last.devices.values()}
        others = {
            _endpoint(settings): name
            for name, location in self.target.locations.items()
            if name not in ours and "address" in (settings := location.document.settings(name))
        }
        claims: dict[str, list[str]] = {}
        for key in (candidate.key for candidate in candidates if candidate.key in self.last.devices):
            record = self.last.devices[key]
            name = others.get(_endpoint(record.settings))
            if name is not None and record.name not in self.target.devices:
                claims.setdefault(name, []).append(key)
        return {keys[0]: name for name, keys in claims.items() if len(keys) == 1}

    def _handle_gone(self, wanted: frozenset[str]) -> None:
        """Keep or prune the devices that the source has no more, or no longer wants collected."""
        pruned = set()
        for key, record in self.last.devices.items():
            if key in wanted:
                self._records[key] = record  # a merge below may replace it
                continue
            location = self.target.locations.get(record.name)
            if location is None:
                continue
            message, hint = "no longer in the source, or not in service; it stays", "--prune removes it"
            if self.prune:
                message, hint = "no longer in the source, or not in service; it goes", ""
                location.document.remove(record.name)
                pruned.add(record.name)
            else:
                self._records[key] = record
            self.notes.add("gone", location.file, record.name, message, hint)
        for name in self.target.devices:
            if name not in pruned and (endpoint := self.target.endpoint(name)):
                self._endpoints[endpoint] = name

    def _update(self, candidate: Candidate, settings: dict[str, str], name: str) -> None:
        """Merge a device that was imported before."""
        self._records[candidate.key] = DeviceRecord(name, settings)
        location = self.target.locations.get(name)
        if location is None:
            message = "removed from the inventory by hand; it is not added again"
            self.notes.add("kept", candidate.where, name, message)
            return
        current = location.document.settings(name)
        before = {setting: current[setting] for setting in OWNED if setting in current}
        after = self._merge_settings(location, name, self._last_settings(candidate.key), settings)
        if after != before:
            old = self.target.endpoint(name) or candidate.endpoint
            if self._endpoints.get(old) == name:
                del self._endpoints[old]
                self._endpoints.setdefault(candidate.endpoint, name)
        change: ChangeKind = "same" if after == before else "changed"
        self._result.devices.append(DeviceChange(name, candidate.where, change, after))

    def _merge_settings(
        self, location: DeviceLocation, name: str, last: Mapping[str, str], source: Mapping[str, str]
    ) -> dict[str, str]:
        """Edit the entry `name` so that it follows the source, and return its owned settings afterwards."""
        current = location.document.settings(name)
        after = {setting: current[setting] for setting in OWNED if setting in current}
        for setting in OWNED:
            is_now, will_be = current.get(setting), source.get(setting)
            if is_now == will_be:
                continue
            if is_now != last.get(setting):
                by_hand = f"is '{is_now}' by hand" if is_now is not None else "was removed by hand"
                says = f"'{will_be}'" if will_be is not None else "nothing of it"
                message = f"its {setting} {by_hand}; the source says {says}"
                self.notes.add("kept", location.file, name, message)
            elif will_be is None:
                location.document.unset(name, setting)
                del after[setting]
            else:
                location.document.set(name, setting, will_be)
                after[setting] = will_be
        return after

    def _new_names(self, candidates: Iterable[Candidate]) -> dict[str, str]:
        """Names for new devices, by key.

        Devices whose names are valid as they are come first, so that no made-up name takes theirs away.
        """
        names: dict[str, str] = {}
        new: set[str] = set()
        later: list[Candidate] = []
        for candidate in candidates:
            if valid_name(candidate.name) == candidate.name and candidate.name not in new:
                names[candidate.key] = candidate.name
                new.add(candidate.name)
            else:
                later.append(candidate)
        records = self.last.devices.values()
        pool = NamePool([*self.target.devices, *(record.name for record in records), *new])
        for candidate in later:
            wish = valid_name(candidate.name)
            # An entry of that name may be this very device, from an import that was killed.
            is_same = self.target.endpoint(wish) == candidate.endpoint and wish not in new
            name = names[candidate.key] = wish if is_same else pool.take(wish)
            new.add(name)
            self.notes.add("guessed", candidate.where, candidate.name, f"it is called '{name}' here")
        return names

    def _add(self, candidate: Candidate, settings: dict[str, str], name: str) -> None:
        """Add a device that was not imported before, unless its name or address belongs to another one."""
        if name in self.target.devices:
            location = self.target.locations[name]
            current = location.document.settings(name)
            if {setting: current[setting] for setting in OWNED if setting in current} != settings:
                message = f"a device '{name}' is there already ({location.file}), and not from this import"
                hint = "remove one of the two, or rename one"
                self.notes.add("left out", candidate.where, candidate.name, message, hint)
                return
        elif other := self._endpoints.get(candidate.endpoint):
            message = f"device '{other}' has its address"
            hint = "if it was renamed in the source, rename it here too, with its old name as its 'id'"
            self.notes.add("left out", candidate.where, candidate.name, message, hint)
            return
        else:
            self.target.add_device(name, settings, settings.get("group", UNGROUPED))
            self._endpoints[candidate.endpoint] = name
        self._records[candidate.key] = DeviceRecord(name, settings)
        change: ChangeKind = "same" if name in self.target.devices else "new"
        self._result.devices.append(DeviceChange(name, candidate.where, change, settings))

    def _add_references(self, entries: Sequence[logins.CredentialEntry]) -> None:
        """Add the groups and credentials that the devices refer to, and complete the result's state."""
        settings = [device.settings for device in self._result.devices]
        for group in {each["group"]: None for each in settings if "group" in each}:
            self.target.add_group(group)
        used = {each.get("credential") for each in settings}
        current = self.target.credentials()
        for entry in entries:
            if entry.name in used:
                self.target.add_credential(entry.name, entry.settings)
                if current.get(entry.name, entry.settings) == entry.settings:
                    self._add_variables(entry)
        known = {**self.last.credentials, **{entry.name: entry.settings for entry in entries}}
        names = {record.settings.get("credential") for record in self._records.values()}
        self._result.state = LastImport(
            self._records,
            {**self.last.groups, **self._groups},
            {name: settings for name, settings in known.items() if name in names},
        )

    def _add_variables(self, entry: logins.CredentialEntry) -> None:
        """Add the entry's variables that credentials.env lacks. A variable that it has is never changed."""
        for name, value in entry.variables.items():
            current = self.environment.get(name)
            if current is None:
                self._result.variables[name] = value
            if not (value if current is None else current):
                self.notes.add("to do", env_file.NAME, "", f"{name} is to be filled in")
            elif current is not None and value is not None and current != value:
                message = f"{name} has another value than in the source"
                hint = "remove its line and import again for the source's"
                self.notes.add("kept", env_file.NAME, "", message, hint)


def _endpoint(settings: Mapping[str, str]) -> tuple[str, str]:
    """Address and port that an entry's own settings give."""
    return canonical_address(settings.get("address", "")), settings.get("port", str(DEFAULT_PORT))
