"""Reads the entries of a file and the settings of an entry: every YAML file of an inventory has them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

from pipeline.inventory import plain_secrets, settings_table, strict_yaml
from pipeline.inventory.problems import Problems, shown
from pipeline.inventory.setting import Listing, Setting
from pipeline.inventory.strict_yaml import Node, Text
from pipeline.inventory.values import BadValueError, PlainSecretError

Names = Mapping[Listing, Collection[str]]
"""The names that settings may refer to. If a list is missing here, references to it are not checked."""


@runtime_checkable
class Adviser(Protocol):
    """A list of names that gives better advice about a wrong name than which right one is close to it."""

    def advice(self, name: str) -> str:
        """What to do about the wrong name; "" if the closest right name will do."""
        ...


def read_entries(file: str, content: bytes | None, problems: Problems) -> Iterator[strict_yaml.Entry] | None:
    """The file's top-level entries, or None if it cannot be read. A missing file has none."""
    if content is None:
        return iter(())
    root = strict_yaml.read(file, content, problems)
    return None if root is None else iter(root.entries.values())


def read_settings(
    file: str, owner: str, body: Node, allowed: Mapping[str, Setting], names: Names, problems: Problems
) -> dict[str, Any] | None:
    """The checked settings of one entry, by name, or None if the entry is not a mapping.

    `owner` names the entry in messages. A setting with a wrong value is left out.
    """
    if isinstance(body, Text) and body.is_null:
        return {}
    if not isinstance(body, strict_yaml.Mapping):
        problems.add(file, body, f"{owner} must be a mapping of settings")
        return None
    checked: dict[str, Any] = {}
    for name, (key, node) in body.entries.items():
        setting = allowed.get(name)
        if setting is None:
            report_unknown(file, owner, key, node, allowed, problems)
            continue
        if setting.name in checked:
            problems.add(file, key, f"{owner}: '{name}' is given twice, under two names")
        try:
            value = checked[setting.name] = setting.takes.parse(node)
        except BadValueError as error:
            rule = "secret" if isinstance(error, PlainSecretError) else "invalid"
            problems.add(file, node, f"{owner}: {name} {error}", error.hint, rule=rule)
            continue
        if setting.refers_to is None or (known := names.get(setting.refers_to)) is None:
            continue
        for word in value if isinstance(value, tuple) else (value,):
            if word not in known:
                hint = known.advice(word) if isinstance(known, Adviser) else ""
                problems.add(
                    file, node, f"{owner}: unknown {name} {shown(word)}", hint, word=word, among=known
                )
    return checked


def report_missing(
    file: str, key: Text, owner: str, body: Node, allowed: Mapping[str, Setting], problems: Problems
) -> None:
    """Report each required setting that the entry does not have."""
    for setting in dict.fromkeys(allowed.values()):
        if setting.required and not any(has(body, name) for name in setting.names):
            examples = setting.takes.schema.get("examples", ())
            hint = f'for example {setting.name}: "{examples[0]}"' if examples else ""
            problems.add(file, key, f"{owner}: '{setting.name}' is missing", hint)


def report_unknown(
    file: str, owner: str, key: Text, value: Node, allowed: Mapping[str, Setting], problems: Problems
) -> None:
    """Report a setting that the entry cannot have, with a guess at what its author meant."""
    text = value.value if isinstance(value, Text) and not value.is_null else ""
    if kind := plain_secrets.kind_of(key.value, text):
        lies_open = text and not plain_secrets.is_reference(text)
        hint = plain_secrets.INSTEAD + (f"; {plain_secrets.CHANGE_IT}" if lies_open else "")
        rule = "secret" if lies_open else "invalid"
        problems.add(file, key, f"{owner}: a {kind} does not belong here", hint, rule=rule)
        return
    # A word with a blank or a sign in it may be a secret that lost its key.
    word = key.value if key.value.isidentifier() else ""
    what = f"unknown setting {shown(word)}" if word else "unknown setting"
    hint = settings_table.TABLE.advice.get(word, "")
    problems.add(file, key, f"{owner}: {what}", hint, word=word, among=allowed)


def fields(checked: Mapping[str, Any], allowed: Mapping[str, Setting]) -> dict[str, Any]:
    """The values of checked settings by the fields that the settings set."""
    return {allowed[name].sets: value for name, value in checked.items()}


def keys(body: Node) -> Collection[str]:
    """The names of all settings that stand in the entry, whether their values are right or wrong."""
    return body.entries.keys() if isinstance(body, strict_yaml.Mapping) else ()


def has(body: Node, name: str) -> bool:
    """Whether this setting stands in the entry, whether its value is right or wrong."""
    return name in keys(body)
