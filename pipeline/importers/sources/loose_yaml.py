"""Read YAML as other tools write it, with anchors, aliases, merge keys and tags, within limits.

Scalars stay text as written; the empty value and its other spellings become None. A tag marks its value, and
never builds an object. Keys that are symbols of Ruby (`:ssh:`) lose their first colon.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from pipeline.errors import SourceError
from pipeline.importers.sources.files import read_text, shown_path

MAX_DEPTH = 40
MAX_VALUES = 1_000_000
"""How many keys and values a file may have, those that merge keys copy included."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class TaggedText(str):
    """A scalar with a tag of its own, such as `!vault`."""

    __slots__ = ("tag",)
    tag: str


class Map(dict[str, object]):
    """A mapping that knows on which line each of its keys stands."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}

    def map(self, key: str) -> Map:
        """The mapping at `key`; an empty one if there is none."""
        value = self.get(key)
        return value if isinstance(value, Map) else Map()

    def text(self, key: str) -> str | None:
        """The scalar at `key`, or None."""
        value = self.get(key)
        return value if isinstance(value, str) and value != "" else None

    def texts(self, key: str) -> list[str]:
        """The scalars of the list at `key`, or the one scalar there."""
        value = self.get(key)
        return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def load(path: Path) -> Map:
    """The file's mapping, empty for an empty file; SourceError with file and line if it cannot be read."""
    label, text = shown_path(path), read_text(path)
    try:
        root = _Composer(yaml.parse(text, Loader=_LOADER), label).document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        # The message leaves out what the parser found, which may be a secret.
        raise SourceError(f"{label}:{line}: not YAML that can be read") from error
    except yaml.YAMLError as error:
        raise SourceError(f"{label}: not YAML that can be read") from error
    if root is None:
        return Map()
    if not isinstance(root, Map):
        raise SourceError(f"{label}:1: must be a mapping, `name: value`")
    return root


class _Composer:
    """Builds values from parser events. An alias is the object that its anchor named, never a copy."""

    def __init__(self, events: Iterator[yaml.Event], label: str) -> None:
        self._events, self._label, self._left = events, label, MAX_VALUES
        self._anchors: dict[str, object] = {}

    def document(self) -> object:
        """The first document's root; None for an empty file."""
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        return self._value(next(self._events), 0)

    def _spend(self, count: int, event: yaml.Event) -> None:
        """Count values; SourceError if the file has too many."""
        self._left -= count
        if self._left < 0:
            raise self._error(event, f"more than {MAX_VALUES} values")

    def _error(self, event: yaml.Event, why: str) -> SourceError:
        line = event.start_mark.line + 1 if event.start_mark else 1
        return SourceError(f"{self._label}:{line}: {why}")

    def _value(self, event: yaml.Event, depth: int) -> object:
        self._spend(1, event)
        if depth > MAX_DEPTH:
            raise self._error(event, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise self._error(event, "an alias of something that does not stand before it")
            return self._anchors[event.anchor]
        value = self._scalar(event) if isinstance(event, yaml.ScalarEvent) else self._collection(event, depth)
        if anchor := getattr(event, "anchor", None):
            self._anchors[anchor] = value
        return value

    def _scalar(self, event: yaml.ScalarEvent) -> str | None:
        if event.tag is not None and event.tag.startswith("!"):
            tagged = TaggedText(event.value)
            tagged.tag = event.tag
            return tagged
        return None if event.implicit[0] and event.value in _NULLS else event.value

    def _collection(self, event: yaml.Event, depth: int) -> object:
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(depth)
        items: list[object] = []
        for item in self._events:
            if isinstance(item, yaml.SequenceEndEvent):
                break
            items.append(self._value(item, depth + 1))
        return items

    def _mapping(self, depth: int) -> Map:
        mapping, merged = Map(), Map()
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._value(event, depth + 1)
            value = self._value(next(self._events), depth + 1)
            if key == "<<":
                for other in value if isinstance(value, list) else [value]:
                    self._merge(merged, other, event)
            elif isinstance(key, str):
                key = key.removeprefix(":")
                mapping[key] = value
                mapping.lines[key] = event.start_mark.line + 1 if event.start_mark else 1
        for key, value in merged.items():
            if key not in mapping:
                mapping[key] = value
                mapping.lines[key] = merged.lines[key]
        return mapping

    def _merge(self, into: Map, other: object, event: yaml.Event) -> None:
        if not isinstance(other, Map):
            raise self._error(event, "a merge key of something that is no mapping")
        self._spend(len(other), event)
        for key, value in other.items():
            if key not in into:
                into[key] = value
                into.lines[key] = other.lines[key]
