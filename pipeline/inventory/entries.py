"""Entries and their settings: what every file of the inventory is made of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from pipeline.inventory import strict_yaml
from pipeline.inventory.problems import Problems, shown
from pipeline.inventory.strict_yaml import Node, Text
from pipeline.inventory.values import BadValueError

Parser = Callable[[Node], Any]

FIELDS = {"rabbitmq_queue_id": "queue_id", "timeout": "timeout_s", "configs_repo": "repo"}
"""Settings whose field has another name."""

_NOT_HERE = {
    "commands": "commands live in reviewed code, in the platform's definition, never in the inventory",
    "username": "name a credential of credentials.yaml with 'credential'",
    "password": "name a credential of credentials.yaml with 'credential'",
    "enable_password": "name a credential of credentials.yaml with 'credential'",
    "host": "did you mean 'address'?",
    "hostname": "did you mean 'address'?",
    "ip": "did you mean 'address'?",
    "os": "did you mean 'platform'?",
    "model": "did you mean 'platform'?",
    "type": "did you mean 'platform'?",
    "queue_id": "set it on the device's group",
    "rabbitmq_queue_id": "set it on the device's group",
    "configs_repo": "set it on the device's group",
    "allowed_networks": "set it on the device's group",
}


@runtime_checkable
class Advising(Protocol):
    """Names that know more about a wrong one than which right one it resembles."""

    def advice(self, name: str) -> str:
        """What to do about `name`; "" to leave it at the resemblance."""
        ...


@dataclass(frozen=True, slots=True)
class Names:
    """What may be referred to, by setting; a setting that is missing here is not checked."""

    by_setting: Mapping[str, Collection[str]]

    def know(self, found: Mapping[str, Any]) -> bool:
        """Whether there is everything that checked settings refer to."""
        for setting, names in self.by_setting.items():
            value = found.get(setting)
            if value is not None and not all(
                word in names for word in (value if isinstance(value, tuple) else (value,))
            ):
                return False
        return True


NO_NAMES = Names({})


def settings(
    file: str, owner: str, body: Node, allowed: Mapping[str, Parser], names: Names, problems: Problems
) -> dict[str, Any] | None:
    """The checked settings of one entry, by field name, or None if it holds no settings at all."""
    if isinstance(body, Text) and body.is_null:
        return {}
    if not isinstance(body, strict_yaml.Mapping):
        problems.add(file, body, f"{owner} must be a mapping of settings")
        return None
    found: dict[str, Any] = {}
    for setting, (key, node) in body.entries.items():
        parse = allowed.get(setting)
        if parse is None:
            unknown(file, owner, key, allowed, problems)
            continue
        field = FIELDS.get(setting, setting)
        if field in found:
            problems.add(file, key, f"{owner}: '{setting}' is given twice, under two names")
        try:
            value = found[field] = parse(node)
        except BadValueError as error:
            problems.add(file, node, f"{owner}: {setting} {error}", error.hint)
            continue
        known = names.by_setting.get(setting)
        for word in value if isinstance(value, tuple) else (value,):
            if known is not None and word not in known:
                hint = known.advice(word) if isinstance(known, Advising) else ""
                problems.add(
                    file, node, f"{owner}: unknown {setting} {shown(word)}", hint, word=word, among=known
                )
    return found


def entries(file: str, content: bytes | None, problems: Problems) -> Iterator[strict_yaml.Entry] | None:
    """The file's top-level entries (none for a missing file), or None if it cannot be read."""
    if content is None:
        return iter(())
    root = strict_yaml.read(file, content, problems)
    return None if root is None else iter(root.entries.values())


def unknown(file: str, owner: str, key: Text, allowed: Mapping[str, Parser], problems: Problems) -> None:
    """Note a setting that does not exist, with what was perhaps meant."""
    # A word with a blank or a sign in it may be a secret that lost its key.
    word = key.value if key.value.isidentifier() else ""
    what = f"unknown setting {shown(word)}" if word else "unknown setting"
    problems.add(file, key, f"{owner}: {what}", _NOT_HERE.get(word, ""), word=word, among=allowed)


def written(body: Node) -> Collection[str]:
    """The settings that the entry writes, right or wrong."""
    return body.entries.keys() if isinstance(body, strict_yaml.Mapping) else ()


def has(body: Node, setting: str) -> bool:
    """Whether the entry writes this setting, right or wrong."""
    return setting in written(body)
