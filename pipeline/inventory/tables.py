"""Read what devices refer to: defaults, groups, schedules and credentials.

A table that cannot be read is None, so that a broken file is one problem and not one for every device that
refers to it. For the same reason an entry with a wrong value keeps its name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta

from pipeline.inventory import jump_hosts, strict_yaml, values
from pipeline.inventory.entries import NO_NAMES, Names, Parser, entries, has, settings, unknown
from pipeline.inventory.jump_hosts import JumpHost
from pipeline.inventory.problems import Problems, shown
from pipeline.inventory.strict_yaml import Text
from pipeline.inventory.values import BadValueError
from pipeline.values.device import Credential
from pipeline.values.names import UNGROUPED, name_problem
from pipeline.values.options import Options, SecretsPolicy, SshAlgorithms, Transport
from pipeline.values.schedule import Schedule

VERSION = "1"
MAIN, GROUPS, SCHEDULES, CREDENTIALS = "devicevault.yaml", "groups.yaml", "schedules.yaml", "credentials.yaml"

SETTINGS: Mapping[str, Parser] = {
    "queue_id": values.identifier,
    "rabbitmq_queue_id": values.identifier,
    "schedule": values.text,
    "credential": values.text,
    "platform": values.text,
    "port": values.port,
    "timeout": values.timeout_s,
    "secrets": values.secrets,
    "transport": values.transport,
    "ssh": values.ssh,
    "contexts": values.yes_or_no,
    "artefacts": values.artefacts,
    "max_shrink": values.share,
    "jump": values.names,
    "sealed": values.yes_or_no,
    "configs_repo": values.repo,
    "allowed_networks": values.networks,
}
"""What a group can set, and the defaults."""

GROUP_ONLY = ("queue_id", "rabbitmq_queue_id", "configs_repo", "allowed_networks")
"""Those that a device cannot set for itself: a policy that it could opt out of would be none."""

OPTIONS = tuple(f.name for f in fields(Options))
"""Settings that are passed on to the collector."""

MAIN_SETTINGS: Mapping[str, Parser] = {
    "version": values.text,
    "defaults": values.text,
    "recipients": values.recipients,
}
SCHEDULE_SETTINGS: Mapping[str, Parser] = {
    "cron": values.cron,
    "timezone": values.timezone,
    "deadline": values.deadline,
}
CREDENTIAL_SETTINGS: Mapping[str, Parser] = {
    "username": values.username,
    "password": values.reference,
    "enable_password": values.reference,
    "private_key": values.reference,
    "passphrase": values.reference,
    "order": values.login_order,
}


@dataclass(frozen=True, slots=True)
class Group:
    """A collection group's own settings; None where the defaults apply. `timeout_s` is in seconds."""

    name: str
    queue_id: str | None = None
    schedule: str | None = None
    credential: str | None = None
    platform: str | None = None
    port: int | None = None
    timeout_s: float | None = None
    secrets: SecretsPolicy | None = None
    transport: Transport | None = None
    ssh: SshAlgorithms | None = None
    contexts: bool | None = None
    artefacts: tuple[str, ...] | None = None
    max_shrink: float | None = None
    jump: tuple[str, ...] | None = None
    sealed: bool | None = None
    repo: str | None = None
    allowed_networks: tuple[str, ...] | None = None

    def over(self, defaults: Group) -> Group:
        """These settings, with `defaults` where there are none."""
        merged = {f.name: getattr(self, f.name) for f in fields(self)}
        return Group(
            **{key: getattr(defaults, key) if value is None else value for key, value in merged.items()}
        )


@dataclass(frozen=True, slots=True)
class Tables:
    """All that devices refer to; None for a file that could not be read."""

    defaults: Group | None
    groups: Mapping[str, Group] | None
    schedules: Mapping[str, Schedule] | None
    credentials: Mapping[str, Credential] | None
    jump_hosts: Mapping[str, JumpHost] | None
    recipients: tuple[str, ...] = ()

    def names(self, platforms: Collection[str]) -> Names:
        """What a device may refer to."""
        known: dict[str, Collection[str] | None] = {
            "platform": platforms,
            "group": self.groups,
            "schedule": self.schedules,
            "credential": self.credentials,
            "jump": self.jump_hosts,
        }
        return Names({setting: names for setting, names in known.items() if names is not None})


def read(files: Mapping[str, bytes], platforms: Collection[str], problems: Problems) -> Tables:
    """Read the files; what is wrong with them goes to `problems`."""
    schedules = _schedules(files, problems)
    credentials = _credentials(files, problems)
    names = Tables(None, None, schedules, credentials, None).names(platforms)
    hosts = jump_hosts.read(files.get(jump_hosts.FILE), names, problems)
    names = Tables(None, None, schedules, credentials, hosts).names(platforms)
    defaults, recipients = _main(files, names, problems)
    return Tables(defaults, _groups(files, names, problems), schedules, credentials, hosts, recipients)


def _main(
    files: Mapping[str, bytes], names: Names, problems: Problems
) -> tuple[Group | None, tuple[str, ...]]:
    """The defaults, and who can open sealed copies."""
    if MAIN not in files:
        problems.add(
            MAIN,
            None,
            "missing; an inventory holds at least this file",
            f"write the line `version: {VERSION}`",
        )
        return None, ()
    root = strict_yaml.read(MAIN, files[MAIN], problems)
    if root is None:
        return None, ()
    version = root.entries.get("version")
    if version is None:
        problems.add(MAIN, root, "the format's version is missing", f"write the line `version: {VERSION}`")
    elif not isinstance(version.value, Text) or version.value.value != VERSION:
        problems.add(MAIN, version.value, f"this DeviceVault reads version {VERSION} of the format only")
    for name, entry in root.entries.items():
        if name not in MAIN_SETTINGS:
            unknown(MAIN, "inventory", entry.key, entry.value, MAIN_SETTINGS, problems)
    recipients: tuple[str, ...] = ()
    if "recipients" in root.entries:
        node = root.entries["recipients"].value
        try:
            recipients = values.recipients(node)
        except BadValueError as error:
            problems.add(MAIN, node, f"recipients {error}", error.hint)
    if "defaults" not in root.entries:
        return Group(""), recipients
    found = settings(MAIN, "defaults", root.entries["defaults"].value, SETTINGS, names, problems)
    return Group("", **(found or {})), recipients


def _groups(files: Mapping[str, bytes], names: Names, problems: Problems) -> Mapping[str, Group] | None:
    rows = entries(GROUPS, files.get(GROUPS), problems)
    if rows is None:
        return None
    groups: dict[str, Group] = {}
    for key, body in rows:
        name = key.value
        if problem := name_problem(name):
            problems.add(GROUPS, key, f"{shown(name)} is not a name: {problem}", _lower_hint(name))
        elif name == UNGROUPED:
            problems.add(GROUPS, key, f"the name '{UNGROUPED}' is kept for devices without a group")
        found = settings(GROUPS, f"group {shown(name)}", body, SETTINGS, names, problems)
        groups[name] = Group(name, **(found or {}))
    return groups


def _schedules(files: Mapping[str, bytes], problems: Problems) -> Mapping[str, Schedule] | None:
    rows = entries(SCHEDULES, files.get(SCHEDULES), problems)
    if rows is None:
        return None
    schedules: dict[str, Schedule] = {}
    for key, body in rows:
        name = key.value
        try:
            values.schedule_name(name)
        except BadValueError as error:
            problems.add(SCHEDULES, key, f"{shown(name)} {error}", error.hint or _lower_hint(name))
        owner = f"schedule {shown(name)}"
        found = settings(SCHEDULES, owner, body, SCHEDULE_SETTINGS, NO_NAMES, problems)
        if found is not None and not has(body, "cron"):
            problems.add(SCHEDULES, key, f"{owner}: 'cron' is missing", 'for example cron: "17 2 * * *"')
        schedules[name] = Schedule(
            name,
            (found or {}).get("cron", "0 0 * * *"),
            (found or {}).get("timezone", "UTC"),
            (found or {}).get("deadline", timedelta(hours=4)),
        )
    return schedules


def _credentials(files: Mapping[str, bytes], problems: Problems) -> Mapping[str, Credential] | None:
    rows = entries(CREDENTIALS, files.get(CREDENTIALS), problems)
    if rows is None:
        return None
    credentials: dict[str, Credential] = {}
    for key, body in rows:
        name = key.value
        if problem := name_problem(name):
            problems.add(CREDENTIALS, key, f"{shown(name)} is not a name: {problem}", _lower_hint(name))
        owner = f"credential {shown(name)}"
        found = settings(CREDENTIALS, owner, body, CREDENTIAL_SETTINGS, NO_NAMES, problems)
        if found is not None:
            if not has(body, "username"):
                problems.add(CREDENTIALS, key, f"{owner}: 'username' is missing")
            if not has(body, "password") and not has(body, "private_key"):
                problems.add(CREDENTIALS, key, f"{owner}: needs a 'password' or a 'private_key'")
            if has(body, "passphrase") and not has(body, "private_key"):
                problems.add(CREDENTIALS, key, f"{owner}: 'passphrase' without a 'private_key'")
            for secret in found.get("order", ()):
                if not has(body, secret):
                    problems.add(CREDENTIALS, key, f"{owner}: 'order' names '{secret}', which is missing")
        credentials[name] = Credential(name, **{"username": "", **(found or {})})
    return credentials


def _lower_hint(name: str) -> str:
    lower = name.lower()
    return f"did you mean '{lower}'?" if lower != name and not name_problem(lower) else ""
