"""Read one YAML file into nodes that know their line and column. Only plain data is taken.

Anchors, aliases, merge keys, tags, duplicate keys and second documents are refused, and depth, size and
number of values are capped while parsing: an inventory comes from a pull request, and 300 bytes of aliases
can stand for gigabytes. Scalars stay the text that was written, so that a device may be called `on`, `010`
or `1e3`; the settings decide what they take for a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

import yaml

from pipeline.inventory import plain_secrets
from pipeline.inventory.problems import Place, Problems, shown

MAX_DEPTH = 20
MAX_VALUES = 250_000
"""Keys and values in one file: some 20,000 devices, read in less than a second."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_QUOTED = re.compile(r" '[^']{2,}'")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


# Named tuples, not dataclasses: a large inventory has a million of these, and they cost a third.
class Text(NamedTuple):
    """A scalar as written. `plain` is without quotes."""

    value: str
    plain: bool
    line: int
    column: int

    @property
    def is_null(self) -> bool:
        """Whether nothing was written, or one of YAML's words for it."""
        return self.plain and self.value in _NULLS


class Sequence(NamedTuple):
    """Items in file order."""

    items: tuple[Node, ...]
    line: int
    column: int


class Entry(NamedTuple):
    """One key of a mapping with its value."""

    key: Text
    value: Node


class Mapping(NamedTuple):
    """Entries in file order."""

    entries: dict[str, Entry]
    line: int
    column: int


Node = Text | Sequence | Mapping


class _Mark(Protocol):
    """What both parsers call a mark; counts from 0."""

    line: int
    column: int


class _RefusedError(Exception):
    """The file is not read any further."""

    def __init__(self, place: Place, message: str, hint: str = "") -> None:
        self.place, self.message, self.hint = place, message, hint
        super().__init__(message)


def read(file: str, content: bytes, problems: Problems) -> Mapping | None:
    """The file's top-level mapping (empty for an empty file), or None if `problems` says why not."""
    if problems.enough:
        problems.unread += 1
        return None
    if plain_secrets.refuses(file, content, problems):
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        place = Place(before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        problems.add(file, place, "not UTF-8 text", "save the file as UTF-8")
        return None
    try:
        node = _Composer(yaml.parse(text, Loader=_LOADER), file, problems).document()
    except _RefusedError as refused:
        problems.add(file, refused.place, refused.message, refused.hint)
    except yaml.MarkedYAMLError as error:
        place = _place(error.problem_mark)
        # The pure Python scanner quotes what it found, which may be a secret.
        what = _QUOTED.sub("", error.problem or "it cannot be read")
        hint = "indent with spaces, not tabs" if _is_indented_with_a_tab(text, place.line) else ""
        if "alphabetic or numeric" in what:  # said of `cron: * * * * *`
            hint = "put it in quotes: '*' and '&' mean something else in YAML"
        problems.add(file, place, f"not YAML: {what}", hint)
    except yaml.reader.ReaderError as error:
        place = Place(text.count("\n", 0, error.position) + 1, 1)
        problems.add(file, place, f"not YAML: {error.reason}")
    else:
        if isinstance(node, Mapping):
            return node
        if node is None or (isinstance(node, Text) and node.is_null):
            return Mapping({}, 1, 1)
        problems.add(file, node, "the file must be a mapping, `name: settings`")
    return None


class _Composer:
    """Builds nodes from parser events, and stops at the first thing that is not plain data."""

    def __init__(self, events: Iterator[yaml.Event], file: str, problems: Problems) -> None:
        self._events, self._file, self._problems = events, file, problems
        self._left = MAX_VALUES

    def document(self) -> Node | None:
        """The only document's root; None for an empty file."""
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        root = self._node(next(self._events), 0)
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _RefusedError(
                _place(after.start_mark), "a second YAML document in one file", "remove the line `---`"
            )
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self._left -= 1
        if (
            isinstance(event, yaml.ScalarEvent)
            and event.anchor is None
            and event.tag is None
            and self._left >= 0
            and (mark := event.start_mark)
        ):
            return Text(event.value, event.implicit[0], mark.line + 1, mark.column + 1)
        place = _place(event.start_mark)
        self._refuse(event, place, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(place, depth)
        items: list[Node] = []
        for item in self._events:
            if isinstance(item, yaml.SequenceEndEvent):
                break
            items.append(self._node(item, depth + 1))
        return Sequence(tuple(items), *place)

    def _mapping(self, place: Place, depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Text):
                self._problems.add(self._file, key, "a key must be plain text")
            elif key.value == "<<" and key.plain:
                self._problems.add(
                    self._file, key, "merge keys are not used here", "write the settings out, or use a group"
                )
            elif key.value in entries:
                first = entries[key.value].key.line
                self._problems.add(
                    self._file, key, f"duplicate key {shown(key.value)}, first on line {first}"
                )
            else:
                entries[key.value] = Entry(key, value)
                continue
            if self._problems.enough:
                raise _RefusedError(place, "too many problems to read on")
        return Mapping(entries, *place)

    def _refuse(self, event: yaml.Event, place: Place, depth: int) -> None:
        """Values are not shown: an unquoted password may begin with any of these signs."""
        if self._left < 0:
            self._problems.enough = True  # a second such file would take as long
            raise _RefusedError(place, f"more than {MAX_VALUES} values in one file", "split the file")
        if depth >= MAX_DEPTH:
            raise _RefusedError(place, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            raise _RefusedError(
                place, "aliases (*) are not used here", "write the value out, or put it in quotes"
            )
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            if event.anchor is not None:
                raise _RefusedError(
                    place, "anchors (&) are not used here", "use a group, or put the value in quotes"
                )
            if event.tag is not None:
                raise _RefusedError(
                    place, "tags (!) are not used here", "put the value in quotes if it begins with '!'"
                )


def _place(mark: _Mark | None) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)


def _is_indented_with_a_tab(text: str, line: int) -> bool:
    *_, last = text.split("\n", line)[:line]
    return "\t" in last[: len(last) - len(last.lstrip())]
