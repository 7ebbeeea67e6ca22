"""Entries and their settings: what every file of the inventory is made of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

from pipeline.inventory import plain_secrets, settings_table, strict_yaml
from pipeline.inventory.problems import Problems, shown
from pipeline.inventory.setting import Listing, Setting
from pipeline.inventory.strict_yaml import Node, Text
from pipeline.inventory.values import BadValueError, PlainSecretError

Names = Mapping[Listing, Collection[str]]
"""The names that settings may refer to. If a list is missing, what refers to it is not checked."""


@runtime_checkable
class Advising(Protocol):
    """Names that know more about a wrong one than which right one it resembles."""

    def advice(self, name: str) -> str:
        """What to do about `name`; "" to leave it at the resemblance."""
        ...


def settings(
    file: str, owner: str, body: Node, allowed: Mapping[str, Setting], names: Names, problems: Problems
) -> dict[str, Any] | None:
    """The checked settings of one entry, by name, or None if it holds no settings at all."""
    if isinstance(body, Text) and body.is_null:
        return {}
    if not isinstance(body, strict_yaml.Mapping):
        problems.add(file, body, f"{owner} must be a mapping of settings")
        return None
    found: dict[str, Any] = {}
    for name, (key, node) in body.entries.items():
        setting = allowed.get(name)
        if setting is None:
            unknown(file, owner, key, node, allowed, problems)
            continue
        if setting.name in found:
            problems.add(file, key, f"{owner}: '{name}' is given twice, under two names")
        try:
            value = found[setting.name] = setting.takes.parse(node)
        except BadValueError as error:
            rule = "secret" if isinstance(error, PlainSecretError) else "invalid"
            problems.add(file, node, f"{owner}: {name} {error}", error.hint, rule=rule)
            continue
        if setting.refers_to is None or (known := names.get(setting.refers_to)) is None:
            continue
        for word in value if isinstance(value, tuple) else (value,):
            if word not in known:
                hint = known.advice(word) if isinstance(known, Advising) else ""
                problems.add(
                    file, node, f"{owner}: unknown {name} {shown(word)}", hint, word=word, among=known
                )
    return found


def missing(
    file: str, key: Text, owner: str, body: Node, allowed: Mapping[str, Setting], problems: Problems
) -> None:
    """Note the settings that the entry needs and does not write."""
    for setting in dict.fromkeys(allowed.values()):
        if setting.required and not any(has(body, name) for name in setting.names):
            examples = setting.takes.schema.get("examples", ())
            hint = f'for example {setting.name}: "{examples[0]}"' if examples else ""
            problems.add(file, key, f"{owner}: '{setting.name}' is missing", hint)


def fields(found: Mapping[str, Any], allowed: Mapping[str, Setting]) -> dict[str, Any]:
    """Checked settings by the fields that they set."""
    return {allowed[name].sets: value for name, value in found.items()}


def entries(file: str, content: bytes | None, problems: Problems) -> Iterator[strict_yaml.Entry] | None:
    """The file's top-level entries (none for a missing file), or None if it cannot be read."""
    if content is None:
        return iter(())
    root = strict_yaml.read(file, content, problems)
    return None if root is None else iter(root.entries.values())


def unknown(
    file: str, owner: str, key: Text, value: Node, allowed: Mapping[str, Setting], problems: Problems
) -> None:
    """Note a setting that does not exist, with what was perhaps meant."""
    written = value.value if isinstance(value, Text) and not value.is_null else ""
    if kind := plain_secrets.kind_of(key.value, written):
        lies_open = written and not plain_secrets.is_reference(written)
        hint = plain_secrets.INSTEAD + (f"; {plain_secrets.CHANGE_IT}" if lies_open else "")
        rule = "secret" if lies_open else "invalid"
        problems.add(file, key, f"{owner}: a {kind} does not belong here", hint, rule=rule)
        return
    # A word with a blank or a sign in it may be a secret that lost its key.
    word = key.value if key.value.isidentifier() else ""
    what = f"unknown setting {shown(word)}" if word else "unknown setting"
    hint = settings_table.TABLE.advice.get(word, "")
    problems.add(file, key, f"{owner}: {what}", hint, word=word, among=allowed)


def written(body: Node) -> Collection[str]:
    """The settings that the entry writes, right or wrong."""
    return body.entries.keys() if isinstance(body, strict_yaml.Mapping) else ()


def has(body: Node, setting: str) -> bool:
    """Whether the entry writes this setting, right or wrong."""
    return setting in written(body)
