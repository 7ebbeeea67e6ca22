"""What a setting of the inventory is: a row of the table that parser, schemas, documents and plan read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from enum import Flag, auto
from typing import Any, Literal

from pipeline.inventory.strict_yaml import Node

Parser = Callable[[Node], Any]
Schema = Mapping[str, Any]
"""A JSON Schema (draft-07)."""

Listing = Literal["platforms", "groups", "schedules", "credentials", "jump_hosts"]
"""The list of names that a reference is looked up in."""

OPTIONS = "options."
"""What the field of a setting begins with that is passed on to the collector."""


class Scope(Flag):
    """The kinds of entries of an inventory. A setting may stand in one or several of them."""

    DEVICE = auto()
    GROUP = auto()
    DEFAULTS = auto()
    SCHEDULE = auto()
    CREDENTIAL = auto()
    JUMP_HOST = auto()
    MAIN = auto()
    """The top level of devicevault.yaml."""

    POLICY = GROUP | DEFAULTS
    """A device cannot set it for itself: a policy that a device could opt out of would be none."""
    LAYERS = DEVICE | POLICY
    """A device's own value counts before its group's, and its group's before the default."""


@dataclass(frozen=True, slots=True, eq=False)
class ValueType:
    """How the values of a setting are read, what editors know of them, and how a plan writes them.

    `parse` returns a node's value or raises BadValueError. The values of a device's settings are cached as
    JSON: they are texts, numbers, truth values, or tuples of them. `schema` accepts whatever `parse` accepts.
    `text` is a value in a plan's words; without it, the plan uses the words that it has for any value.
    """

    parse: Parser
    schema: Schema
    text: Callable[[Any], str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """All that there is to say of one setting.

    description  for editors: one or two sentences of plain text
    meaning      for docs/inventory.md: a phrase in Markdown. By default it is the description.
    without      for docs/inventory.md: what holds for an entry that does not set it
    sets         the field of the Device, Schedule, Credential or JumpHost that holds the value. By default it
                 has the setting's name. `options.<field>` is passed on to the collector.
    refers_to    the list that the value is looked up in; of several values, each of them
    required     whether an entry needs it. A device may inherit it where the scope lets it.
    other_names  names by which it may be called instead
    wrong_names  words that people write where they mean this setting
    elsewhere    the advice for somebody who writes it in an entry outside of its scope
    """

    name: str
    takes: ValueType
    scope: Scope
    description: str
    _: KW_ONLY
    meaning: str = ""
    without: str = ""
    sets: str = ""
    refers_to: Listing | None = None
    required: bool = False
    other_names: tuple[str, ...] = ()
    wrong_names: tuple[str, ...] = ()
    elsewhere: str = ""

    def __post_init__(self) -> None:
        if not self.description:
            raise ValueError(f"the setting '{self.name}' has no description")
        if not self.sets:
            object.__setattr__(self, "sets", self.name)
        if not self.meaning:
            phrase = self.description[0].lower() + self.description[1:]
            object.__setattr__(self, "meaning", phrase.removesuffix("."))
        if not self.elsewhere and self.is_policy:
            object.__setattr__(self, "elsewhere", "set it on the device's group")

    @property
    def is_inherited(self) -> bool:
        """Whether a device that lacks it takes it from its group or the defaults."""
        return bool(self.scope & Scope.POLICY)

    @property
    def is_policy(self) -> bool:
        """Whether a group or the defaults set it, and a device cannot."""
        return self.is_inherited and Scope.DEVICE not in self.scope

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that it may be given under; its own is the first."""
        return (self.name, *self.other_names)


class SettingsTable:
    """The settings of every kind of entry, in the order in which editors and documents show them.

    `no_settings` are words that no entry takes, each with the advice for somebody who writes it.
    """

    def __init__(self, rows: Sequence[Setting], no_settings: Mapping[str, str]) -> None:
        self.rows = tuple(rows)
        self.advice: Mapping[str, str] = {**no_settings, **dict(_advice(self.rows))}
        self._by_name = {scope: _by_name(self.within(scope)) for scope in Scope}

    def within(self, scope: Scope) -> tuple[Setting, ...]:
        """The settings that may stand in an entry of this kind; of several kinds, in one of them."""
        return tuple(row for row in self.rows if row.scope & scope)

    def by_name(self, scope: Scope) -> Mapping[str, Setting]:
        """The settings that may stand in an entry of this one kind, each under all of its names."""
        return self._by_name[scope]


def _advice(rows: Sequence[Setting]) -> Iterator[tuple[str, str]]:
    for row in rows:
        yield from ((word, f"did you mean '{row.name}'?") for word in row.wrong_names)
        if row.elsewhere:
            yield from ((name, row.elsewhere) for name in row.names)


def _by_name(rows: Sequence[Setting]) -> Mapping[str, Setting]:
    found: dict[str, Setting] = {}
    for row in rows:
        for name in row.names:
            if name in found:
                raise ValueError(f"two settings of one kind of entry are called '{name}'")
            found[name] = row
    return found
