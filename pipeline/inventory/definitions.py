"""Reads what devices refer to: defaults, groups, schedules, credentials and jump hosts.

A file that cannot be read is one problem, and not one for every device that refers to it: what it defines is
then None. For the same reason an entry with a wrong value keeps its name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.inventory import jump_hosts, settings_table, strict_yaml, values
from pipeline.inventory.entries import (
    Names,
    fields,
    has,
    read_entries,
    read_settings,
    report_missing,
    report_unknown,
)
from pipeline.inventory.jump_hosts import JumpHost
from pipeline.inventory.problems import Problems, shown
from pipeline.inventory.setting import Listing, Scope
from pipeline.inventory.source import CREDENTIALS, GROUPS, JUMP_HOSTS, MAIN, SCHEDULES
from pipeline.inventory.strict_yaml import Text
from pipeline.inventory.values import FORMAT_VERSION, BadValueError
from pipeline.values.device import Credential
from pipeline.values.names import UNGROUPED, name_problem
from pipeline.values.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Group:
    """A collection group and the settings of its entry. The defaults are a group without a name.

    `settings` holds the checked value of each setting that the entry has, by the setting's name.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def over(self, defaults: Group) -> Group:
        """The group with its own settings, and with those of `defaults` that it lacks."""
        return Group(self.name, {**defaults.settings, **self.settings})


@dataclass(frozen=True, slots=True)
class Definitions:
    """All that devices refer to. A field is None if its file could not be read."""

    defaults: Group | None
    groups: Mapping[str, Group] | None
    schedules: Mapping[str, Schedule] | None
    credentials: Mapping[str, Credential] | None
    jump_hosts: Mapping[str, JumpHost] | None
    recipients: tuple[str, ...] = ()

    def names(self, platforms: Collection[str]) -> Names:
        """The names that a device may refer to, those of `platforms` among them."""
        known: dict[Listing, Collection[str] | None] = {
            "platforms": platforms,
            "groups": self.groups,
            "schedules": self.schedules,
            "credentials": self.credentials,
            "jump_hosts": self.jump_hosts,
        }
        return {listing: names for listing, names in known.items() if names is not None}


def read(files: Mapping[str, bytes], platforms: Collection[str], problems: Problems) -> Definitions:
    """Read the files. What is wrong with them goes to `problems`."""
    schedules = _schedules(files, problems)
    credentials = _credentials(files, problems)
    names = Definitions(None, None, schedules, credentials, None).names(platforms)
    hosts = jump_hosts.read(files.get(JUMP_HOSTS), names, problems)
    names = Definitions(None, None, schedules, credentials, hosts).names(platforms)
    defaults, recipients = _main(files, names, problems)
    return Definitions(defaults, _groups(files, names, problems), schedules, credentials, hosts, recipients)


def _main(
    files: Mapping[str, bytes], names: Names, problems: Problems
) -> tuple[Group | None, tuple[str, ...]]:
    """The defaults, and the public keys that sealed copies are encrypted to."""
    if MAIN not in files:
        problems.add(
            MAIN,
            None,
            "missing; an inventory holds at least this file",
            f"write the line `version: {FORMAT_VERSION}`",
        )
        return None, ()
    root = strict_yaml.read(MAIN, files[MAIN], problems)
    if root is None:
        return None, ()
    version = root.entries.get("version")
    if version is None:
        problems.add(
            MAIN, root, "the format's version is missing", f"write the line `version: {FORMAT_VERSION}`"
        )
    elif not isinstance(version.value, Text) or version.value.value != FORMAT_VERSION:
        problems.add(
            MAIN, version.value, f"this DeviceVault reads version {FORMAT_VERSION} of the format only"
        )
    allowed = settings_table.TABLE.by_name(Scope.MAIN)
    for name, entry in root.entries.items():
        if name not in allowed:
            report_unknown(MAIN, "inventory", entry.key, entry.value, allowed, problems)
    recipients: tuple[str, ...] = ()
    if "recipients" in root.entries:
        node = root.entries["recipients"].value
        try:
            recipients = allowed["recipients"].takes.parse(node)
        except BadValueError as error:
            problems.add(MAIN, node, f"recipients {error}", error.hint)
    if "defaults" not in root.entries:
        return Group(""), recipients
    allowed = settings_table.TABLE.by_name(Scope.DEFAULTS)
    checked = read_settings(MAIN, "defaults", root.entries["defaults"].value, allowed, names, problems)
    return Group("", checked or {}), recipients


def _groups(files: Mapping[str, bytes], names: Names, problems: Problems) -> Mapping[str, Group] | None:
    entries = read_entries(GROUPS, files.get(GROUPS), problems)
    if entries is None:
        return None
    allowed = settings_table.TABLE.by_name(Scope.GROUP)
    groups: dict[str, Group] = {}
    for key, body in entries:
        name = key.value
        if problem := name_problem(name):
            problems.add(GROUPS, key, f"{shown(name)} is not a name: {problem}", _lower_hint(name))
        elif name == UNGROUPED:
            problems.add(GROUPS, key, f"the name '{UNGROUPED}' is kept for devices without a group")
        checked = read_settings(GROUPS, f"group {shown(name)}", body, allowed, names, problems)
        groups[name] = Group(name, checked or {})
    return groups


def _schedules(files: Mapping[str, bytes], problems: Problems) -> Mapping[str, Schedule] | None:
    entries = read_entries(SCHEDULES, files.get(SCHEDULES), problems)
    if entries is None:
        return None
    allowed = settings_table.TABLE.by_name(Scope.SCHEDULE)
    schedules: dict[str, Schedule] = {}
    for key, body in entries:
        name = key.value
        try:
            values.schedule_name(name)
        except BadValueError as error:
            problems.add(SCHEDULES, key, f"{shown(name)} {error}", error.hint or _lower_hint(name))
        owner = f"schedule {shown(name)}"
        checked = read_settings(SCHEDULES, owner, body, allowed, {}, problems)
        if checked is not None:
            report_missing(SCHEDULES, key, owner, body, allowed, problems)
        schedules[name] = Schedule(name, **{"cron": "0 0 * * *", **fields(checked or {}, allowed)})
    return schedules


def _credentials(files: Mapping[str, bytes], problems: Problems) -> Mapping[str, Credential] | None:
    entries = read_entries(CREDENTIALS, files.get(CREDENTIALS), problems)
    if entries is None:
        return None
    allowed = settings_table.TABLE.by_name(Scope.CREDENTIAL)
    credentials: dict[str, Credential] = {}
    for key, body in entries:
        name = key.value
        if problem := name_problem(name):
            problems.add(CREDENTIALS, key, f"{shown(name)} is not a name: {problem}", _lower_hint(name))
        owner = f"credential {shown(name)}"
        checked = read_settings(CREDENTIALS, owner, body, allowed, {}, problems)
        if checked is not None:
            report_missing(CREDENTIALS, key, owner, body, allowed, problems)
            if not has(body, "password") and not has(body, "private_key"):
                problems.add(CREDENTIALS, key, f"{owner}: needs a 'password' or a 'private_key'")
            if has(body, "passphrase") and not has(body, "private_key"):
                problems.add(CREDENTIALS, key, f"{owner}: 'passphrase' without a 'private_key'")
            for secret in checked.get("order", ()):
                if not has(body, secret):
                    problems.add(CREDENTIALS, key, f"{owner}: 'order' names '{secret}', which is missing")
        credentials[name] = Credential(name, **{"username": "", **fields(checked or {}, allowed)})
    return credentials


def _lower_hint(name: str) -> str:
    lower = name.lower()
    return f"did you mean '{lower}'?" if lower != name and not name_problem(lower) else ""
